from tasks.watching.machine import read_machine


def test_this_process_is_measured(tmp_path) -> None:
    before = read_machine(tmp_path)
    held = bytearray(b"x" * 200_000_000)

    after = read_machine(tmp_path)

    assert after.memory_bytes - before.memory_bytes > 100_000_000
    assert after.free_disk_bytes > 0
    assert after.gpu_memory_bytes is None or after.gpu_memory_bytes >= 0
    assert len(held) == 200_000_000
