"""Who comes from whom, and who was hindered."""

import os
import subprocess
import sys
import time

from experiments.runner.system.descendants import descendants, waited_s

BUSY = "import time; end = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass"


def test_children_come_before_grandchildren() -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 30 & wait"])
    try:
        while len(found := descendants(os.getpid())) < 2:
            time.sleep(0.01)
        assert found[0] == shell.pid
        assert descendants(shell.pid) == found[1:]
        os.kill(found[1], 15)
    finally:
        shell.kill()
        shell.wait()


def test_two_on_one_processor_hinder_each_other() -> None:
    processor = min(os.sched_getaffinity(0))
    words = ["taskset", "-c", str(processor), sys.executable, "-c", BUSY]
    both = [subprocess.Popen(words) for _ in range(2)]
    try:
        time.sleep(1.2)
        assert all(waited_s(one.pid) > 0.1 for one in both)
    finally:
        for one in both:
            one.kill()
            one.wait()


def test_who_sleeps_is_not_hindered() -> None:
    sleeper = subprocess.Popen(["sleep", "30"])
    try:
        time.sleep(0.3)
        before = waited_s(sleeper.pid)
        time.sleep(0.5)
        assert waited_s(sleeper.pid) - before < 0.2
    finally:
        sleeper.kill()
        sleeper.wait()
