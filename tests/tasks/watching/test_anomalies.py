"""What is usual is left alone, and what is not is said once it is sure."""

from tasks.watching.anomalies import SystemCheck


def codes(check: SystemCheck, moments, machines) -> list[str]:
    return [found.code for pair in zip(moments, machines, strict=True) for found in check.look(*pair)]


def test_a_steady_training_is_left_alone(moment, machine) -> None:
    assert codes(SystemCheck(), [moment()] * 200, [machine()] * 200) == []


def test_memory_that_grows_is_said_once_for_each_growth(moment, machine) -> None:
    settled, grown = machine(memory_bytes=10**9), machine(memory_bytes=2 * 10**9)

    assert codes(SystemCheck(), [moment()] * 50, [settled] * 40 + [grown] * 10) == ["memory_grows"]


def test_memory_that_a_training_takes_at_its_beginning_is_no_growth(moment, machine) -> None:
    machines = [machine(memory_bytes=number * 10**8) for number in range(20)] + [machine(memory_bytes=2 * 10**9)] * 40

    assert codes(SystemCheck(), [moment()] * 60, machines) == []


def test_a_disk_that_is_nearly_full_is_said(moment, machine) -> None:
    assert codes(SystemCheck(), [moment()], [machine(free_disk_bytes=10**9)]) == ["disk_low"]


def test_memory_that_is_nearly_full_is_said(moment, machine) -> None:
    assert codes(SystemCheck(), [moment()], [machine(free_memory_bytes=10**8)]) == ["memory_short"]


def test_a_training_that_slows_down_is_said_and_one_slow_moment_is_not(moment, machine) -> None:
    usual, slow = [moment()] * 60, moment(tokens_per_second=1000.0)

    assert codes(SystemCheck(), [*usual, slow, *usual], [machine()] * 121) == []
    assert set(codes(SystemCheck(), [*usual, *[slow] * 10], [machine()] * 70)) == {"slower"}


def test_steps_that_wait_for_batches_are_said(moment, machine) -> None:
    starved = [moment(loading_share=0.5)] * 30

    assert codes(SystemCheck(), starved, [machine()] * 30) == ["loader_starves"]


def nats(train: float, validation: float) -> dict[str, float]:
    return {"train_nats_per_token": train, "validation_nats_per_token": validation}


def test_validation_that_rises_while_training_falls_is_said() -> None:
    check = SystemCheck()
    measured = [nats(3, 3), nats(2, 2), nats(1.9, 2.1), nats(1.8, 2.2), nats(1.7, 2.3)]

    found = [[one.code for one in check.compare(figures)] for figures in measured]

    assert found == [[], [], [], [], ["validation_rises"]]


def test_both_rising_is_another_matter() -> None:
    check = SystemCheck()

    assert [list(check.compare(nats(value, value))) for value in (2, 2.1, 2.2, 2.3, 2.4)] == [[]] * 5
