"""What a training begins from, whose weights move, who teaches beside the music, and in which stages it goes on."""
