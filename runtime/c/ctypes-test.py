#!/usr/bin/env python3
"""The C API from CPython, through ctypes: by its OS threads, its functions and its generators."""

import ctypes
import os
import sys
import threading
import unittest

sys.dont_write_bytecode = True

LIBRARY = os.path.join(os.environ.get("TEST_SRCDIR", ""), "troop/runtime/c/libtroop-c.so")

OK, FAILED, OVERLOADED, DISCONNECTED, CANCELLED, TIMED_OUT, DEADLOCK = range(7)
ENDS, YIELDS, PARKS = range(3)
FOREVER = -1

Body = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
Step = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class Error(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int), ("text", ctypes.c_char * 252)]


class ProcessOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("carriers", ctypes.c_uint32),
        ("sparesMax", ctypes.c_uint32),
        ("memoryBytesMax", ctypes.c_uint64),
        ("stackBytes", ctypes.c_uint64),
    ]


class TroopOptions(ctypes.Structure):
    _fields_ = [
        ("size", ctypes.c_size_t),
        ("name", ctypes.c_char_p),
        ("weight", ctypes.c_uint32),
        ("memoryBytesMax", ctypes.c_uint64),
        ("threadsMax", ctypes.c_uint64),
        ("cpuNanosecondsMax", ctypes.c_uint64),
    ]


class Failed(Exception):
    def __init__(self, error):
        super().__init__(error.text.decode())
        self.code = error.code


class Library:
    """Its functions by name. Those that answer with a code raise Failed; what is given in the last
    pointer is returned."""

    _ANSWER = {
        "process_begin", "begin", "spawn", "spawn_steps", "join", "yield", "sleep", "parker_make",
        "parker_copy", "park", "channel_make", "send", "receive", "sender_copy", "slot_make",
        "slot_set",
    }  # fmt: skip

    def __init__(self, path):
        self._library = ctypes.CDLL(path)  # gives the interpreter back during each call

    def __getattr__(self, name):
        function = self._library["troop_" + name]
        if name not in self._ANSWER:
            function.restype = ctypes.c_void_p
            return function

        def call(*arguments):
            error = Error()
            if function(*arguments, ctypes.byref(error)) != OK:
                raise Failed(error)

        return call


def made(function, *arguments):
    handle = ctypes.c_void_p()
    function(*arguments, ctypes.byref(handle))
    return handle


class InProcess(unittest.TestCase):
    def setUp(self):
        self.api = Library(LIBRARY)
        options = ProcessOptions(
            size=ctypes.sizeof(ProcessOptions), carriers=2, stackBytes=1 << 20
        )
        self.process = made(self.api.process_begin, ctypes.byref(options))
        self.addCleanup(self.api.process_end, self.process)
        self.troop = self.begin(name=b"python")
        self.kept = []  # functions that Threads call, which ctypes does not keep

    def begin(self, **options):
        options = TroopOptions(size=ctypes.sizeof(TroopOptions), **options)
        troop = made(self.api.begin, self.process, ctypes.byref(options))
        self.addCleanup(self.api.release, troop)
        return troop

    def spawn(self, function):
        body = Body(lambda _: function())
        self.kept.append(body)
        return made(self.api.spawn, self.troop, None, body, None)

    def finish(self, thread):
        self.api.join(thread, ctypes.c_int64(FOREVER))
        self.api.thread_release(thread)

    def channel(self, capacity):
        sender, receiver = ctypes.c_void_p(), ctypes.c_void_p()
        both = (ctypes.byref(sender), ctypes.byref(receiver))
        self.api.channel_make(self.troop, ctypes.c_size_t(capacity), None, *both)
        return sender, receiver

    def receive(self, receiver, nanoseconds=FOREVER):
        value = ctypes.c_void_p()
        self.api.receive(receiver, ctypes.c_int64(nanoseconds), ctypes.byref(value))
        return value.value


class Functions(InProcess):
    """Bodies of Threads that do not wait."""

    def testEachIsCalledOnce(self):
        called = []
        threads = [self.spawn(lambda i=i: called.append(i)) for i in range(200)]
        for thread in threads:
            self.finish(thread)
        self.assertEqual(sorted(called), list(range(200)))

    def testOthersGoOnWhileTheyBlockTheirOsThreads(self):
        event = threading.Event()
        threads = [self.spawn(event.wait) for _ in range(4)]
        threads.append(self.spawn(event.set))
        for thread in threads:
            self.finish(thread)

    def testWhatTheyKeepInASlotIsDestroyedWithTheirThread(self):
        destroyed = []
        destructor = Body(destroyed.append)
        self.kept.append(destructor)
        slot = made(self.api.slot_make, destructor)
        for value in (7, 8):
            self.finish(self.spawn(lambda v=value: self.api.slot_set(slot, ctypes.c_void_p(v))))
        self.assertEqual(sorted(destroyed), [7, 8])
        self.assertIsNone(self.api.slot_get(slot))
        self.api.slot_release(slot)


class OsThreads(InProcess):
    """Those that Python has started itself wait for everything."""

    def testTheySendToEachOther(self):
        sender, receiver = self.channel(2)
        senders = [sender] + [made(self.api.sender_copy, sender) for _ in range(3)]

        def send(to, first):
            for value in range(first, first + 100):
                self.api.send(to, ctypes.c_void_p(value), ctypes.c_int64(FOREVER))
            self.api.sender_release(to)

        threads = [
            threading.Thread(target=send, args=(to, 1 + 100 * i)) for i, to in enumerate(senders)
        ]
        for thread in threads:
            thread.start()
        received = []
        with self.assertRaises(Failed) as end:
            while True:
                received.append(self.receive(receiver))
        self.assertEqual(end.exception.code, DISCONNECTED)
        self.assertEqual(sorted(received), list(range(1, 401)))
        for thread in threads:
            thread.join()
        self.api.receiver_release(receiver)

    def testTheyParkUntilAThreadUnparksThem(self):
        parker = made(self.api.parker_make, self.troop)
        parked = threading.Thread(target=self.api.park, args=(parker, ctypes.c_int64(FOREVER)))
        parked.start()
        self.finish(self.spawn(lambda: self.api.unpark(parker)))
        parked.join()
        self.api.parker_release(parker)


class Generators(InProcess):
    """Threads that wait between their steps, by the thousand."""

    def start(self, generator, parker):
        def step(_, reason):
            if reason != OK:
                generator.close()
                return ENDS
            return next(generator, ENDS)

        step = Step(step)
        self.kept.append(step)
        return made(self.api.spawn_steps, self.troop, None, step, None, parker)

    def testEachGoesOnWhenTheOneBeforeItSaysSo(self):
        many = 1000
        parkers = [made(self.api.parker_make, self.troop) for _ in range(many)]
        wakers = [made(self.api.parker_copy, parker) for parker in parkers]
        order = []

        def body(number):
            yield PARKS
            order.append(number)
            yield YIELDS
            if number + 1 < many:
                self.api.unpark(wakers[number + 1])

        threads = [self.start(body(i), parker) for i, parker in enumerate(parkers)]
        self.api.unpark(wakers[0])
        for thread in threads:
            self.finish(thread)
        self.assertEqual(order, list(range(many)))
        for waker in wakers:
            self.api.parker_release(waker)

    def testTheyAreClosedWhenTheirTroopIsKilled(self):
        closed = threading.Event()
        begun = threading.Event()

        def body():
            try:
                begun.set()
                yield PARKS
            finally:
                closed.set()

        thread = self.start(body(), made(self.api.parker_make, self.troop))
        begun.wait()
        self.api.kill(self.troop, b"enough")
        closed.wait()
        self.api.thread_release(thread)


class Errors(InProcess):
    def testTheyHaveACodeAndAText(self):
        small = self.begin(name=b"small", memoryBytesMax=1 << 20)
        both = (ctypes.byref(ctypes.c_void_p()), ctypes.byref(ctypes.c_void_p()))
        with self.assertRaises(Failed) as failed:
            self.api.channel_make(small, ctypes.c_size_t(1 << 20), None, *both)
        self.assertEqual(failed.exception.code, OVERLOADED)
        self.assertIn("1 MiB", str(failed.exception))

    def testWhoDoesNotWaitIsToldSo(self):
        sender, receiver = self.channel(1)
        with self.assertRaises(Failed) as failed:
            self.receive(receiver, 0)
        self.assertEqual(failed.exception.code, TIMED_OUT)
        self.api.sender_release(sender)
        self.api.receiver_release(receiver)


if __name__ == "__main__":
    unittest.main()
