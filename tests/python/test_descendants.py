"""Who comes from whom, and who was hindered."""

import os
import signal
import subprocess
import sys
import time

from experiments.runner.system.descendants import descendants, waited_s

BUSY = "import time; end = time.monotonic() + 1.5\nwhile time.monotonic() < end: pass"


def test_children_come_before_grandchildren() -> None:
    shell = subprocess.Popen(["sh", "-c", "sh -c 'sleep 30 & wait' & wait"])
    try:
        while len(found := descendants(shell.pid)) < 2:
            time.sleep(0.01)
        child, grandchild = found
        assert descendants(child) == [grandchild]
    finally:
        for one in (*descendants(shell.pid), shell.pid):
            os.kill(one, signal.SIGKILL)
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
