"""What table.mjs asks of npm's clients, asked of Debian's python3-socketio, as far as it speaks it.

Reports in TAP on standard output, as node:test does. Left out: the order of events, because this client handles each
on a thread of its own, and reasons on its own side, of which it tells its applications nothing.
"""

import os
import queue
import sys
import time
import traceback
import urllib.parse
import urllib.request

import socketio

SERVER = os.environ["SERVER_URL"]
CONTROL = os.environ["SERVER_CONTROL"]
PATIENCE = 10


def ask(path):
    request = urllib.request.Request(CONTROL + path, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        return response.read().decode()


def wait_for_idle_writer(engine):
    """A writer that is still at its last request sees that it is over, and never says goodbye."""
    until = time.monotonic() + 10
    while not engine.queue.not_empty._waiters:
        assert time.monotonic() < until, "the client's writer is busy"
        time.sleep(0.01)


def server_reason(sid):
    """The reason that the server gave when a socket left; waits until it has."""
    return ask("/reason?id=" + urllib.parse.quote(sid))


class Client:
    """A connected client that keeps the events it is told to keep."""

    def __init__(self, transports, namespace="/", auth=None, events=(), answers=None, **options):
        self.namespace = namespace
        self.sio = socketio.Client(
            reconnection_delay=0.05, reconnection_delay_max=0.1, **{"reconnection": False, **options}
        )
        self.events = {}
        for name in ("connect", "connect_error", "disconnect", "hello", "echo", "told", "answered", *events):
            self.keep(name)
        for name, answer in (answers or {}).items():
            self.sio.on(name, answer, namespace=namespace)
        try:
            self.sio.connect(SERVER, auth=auth, transports=transports, namespaces=[namespace], wait_timeout=PATIENCE)
        except BaseException:
            self.close()
            raise

    def keep(self, name):
        kept = self.events[name] = queue.Queue()
        self.sio.on(name, lambda *args: kept.put(args), namespace=self.namespace)

    def next(self, name):
        return self.events[name].get(timeout=PATIENCE)

    def emit(self, name, *args):
        self.sio.emit(name, tuple(args), namespace=self.namespace)

    def call(self, name, *args, timeout=PATIENCE):
        return self.sio.call(name, tuple(args), namespace=self.namespace, timeout=timeout)

    @property
    def sid(self):
        return self.sio.get_sid(self.namespace)

    def close(self):
        self.sio.disconnect()

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.close()


def equal(actual, expected):
    assert actual == expected, f"{actual!r} is not {expected!r}"


def comes_to_rest(transports, carrying):
    with Client(transports) as client:
        equal(client.next("hello"), (client.sid,))
        equal(client.sio.transport(), carrying)


def events_carry_any_arguments(transports, carrying):
    with Client(transports) as client:
        args = ('text ☀ \U0001f6f6 \u2028 "\\', 0, -1.5, 1e21, True, False, None, [], {}, [[1, [2]], {"deep": {"deeper": [None]}}])
        client.emit("echo", *args)
        equal(client.next("echo"), args)
        client.emit("echo")
        equal(client.next("echo"), ())


def server_answers(transports, carrying):
    with Client(transports) as client:
        equal(client.call("echo", 1, "b"), (1, "b"))
        equal(client.call("echo", "one"), "one")
        equal(client.call("echo"), None)
        equal([client.call("echo", letter) for letter in "abcdef"], list("abcdef"))


def client_answers(transports, carrying):
    answers = {"question": lambda n: (n * 2, {"asked": n}, b"\x00\x01\x02")}
    with Client(transports, answers=answers) as client:
        client.emit("ask", 21)
        equal(client.next("answered"), (42, {"asked": 21}, b"\x00\x01\x02"))


def answers_that_are_late(transports, carrying):
    answers = {"question": lambda _: time.sleep(0.3)}
    with Client(transports, events=["unanswered"], answers=answers) as client:
        try:
            client.call("never answer", timeout=0.1)
            raise AssertionError("answered")
        except socketio.exceptions.TimeoutError:
            pass
        client.emit("ask in vain")
        client.next("unanswered")
        equal(client.call("echo", "still here"), "still here")


def binary_data(transports, carrying):
    with Client(transports) as client:
        sent = {"a": bytes(range(5)), "list": [b"", "between", {"b": bytes(range(256))}]}
        client.emit("echo", b"\xc8", sent, "end")
        equal(client.next("echo"), (b"\xc8", sent, "end"))
        answer = client.call("measure", {"name": "m", "main": bytes(4), "parts": [b"1", b"23"]})
        equal(answer, {"name": "m", "bytes": 4, "parts": [1, 2], "back": bytes(4)})


def half_a_megabyte(transports, carrying):
    with Client(transports) as client:
        text = "☀" * 160_000
        equal(client.call("echo", text), text)
        large = bytes(range(250)) * 2_000
        equal(client.call("echo", large), large)


def authorised(transports, carrying):
    auth = {"token": "open sesame", "nested": {"list": [1, "b"]}}
    with Client(transports, namespace="/secret", auth=auth, events=["let in"]) as client:
        equal(client.next("let in"), (auth,))
        equal(client.call("echo", "inside"), "inside")


def refused(transports, carrying):
    for namespace, expected in (
        ("/secret", {"message": "not allowed", "data": {"code": 401, "hint": "token"}}),
        ("/nowhere", {"message": "Invalid namespace"}),
    ):
        sio = socketio.Client(reconnection=False)
        told = queue.Queue()
        sio.on("connect_error", told.put, namespace=namespace)
        try:
            sio.connect(
                SERVER, auth={"token": "wrong"}, transports=transports, namespaces=[namespace], wait_timeout=PATIENCE
            )
            raise AssertionError("let in")
        except socketio.exceptions.ConnectionError:
            equal(told.get(timeout=PATIENCE), expected)
        finally:
            sio.disconnect()


def rooms(transports, carrying):
    with Client(transports) as a, Client(transports) as b, Client(transports) as c:
        a.call("join", "red")
        b.call("join", "red")
        c.call("join", "blue")
        a.emit("tell", "red", "to b")
        equal(b.next("told"), ("to b",))
        a.emit("tell all", "red", "to a and b")
        equal(a.next("told"), ("to a and b",))
        equal(b.next("told"), ("to a and b",))
        b.call("leave", "red")
        a.emit("tell all", "red", "to a")
        equal(a.next("told"), ("to a",))
        a.emit("tell others", "to b and c")
        equal(b.next("told"), ("to b and c",))
        equal(c.next("told"), ("to b and c",))
        for client in (a, b, c):
            client.call("echo")
            assert client.events["told"].empty(), "told what was for others"


def disconnect_reasons(transports, carrying):
    with Client(transports) as client:
        sid = client.sid
        client.emit("kick")
        client.next("disconnect")
        equal(server_reason(sid), "server namespace disconnect")
    with Client(transports) as client:
        sid = client.sid
        client.emit("kick out")
        client.next("disconnect")
        equal(server_reason(sid), "server namespace disconnect")
    with Client(transports) as client:
        sid = client.sid
        client.sio.disconnect()
        # It cuts the connection without waiting for its goodbye to leave.
        assert server_reason(sid) in ("client namespace disconnect", "transport close")
    with Client(transports) as client:
        sid = client.sid
        wait_for_idle_writer(client.sio.eio)
        client.sio.eio.disconnect()
        equal(server_reason(sid), "transport close")


def comes_back(transports, carrying):
    with Client(transports, reconnection=True) as client:
        sid = client.sid
        client.next("connect")
        ask("/restart")
        equal(server_reason(sid), "server shutting down")
        client.next("disconnect")
        if carrying == "polling":
            # Over polling the server says goodbye, after which this client does not try again.
            return
        client.next("connect")
        assert client.sid != sid, "the same session"
        equal(client.call("echo", "back"), "back")


TESTS = {
    "connects, and comes to rest on the right transport": comes_to_rest,
    "events carry any arguments, both ways": events_carry_any_arguments,
    "the server answers events, with any number of arguments": server_answers,
    "the client answers events, with any number of arguments": client_answers,
    "an answer that does not come in time is an error on either side": answers_that_are_late,
    "binary data goes both ways, nested and in answers": binary_data,
    "half a megabyte goes through in one piece, as text and as bytes": half_a_megabyte,
    "a namespace lets in who is authorised, and sees what was sent": authorised,
    "a namespace refuses with message and data, and one that does not exist refuses too": refused,
    "rooms: to others, to all, and not after leaving": rooms,
    "whoever leaves, the server knows the reason": disconnect_reasons,
    "the server restarts, and the client comes back if it may": comes_back,
}

ROWS = {
    "polling only": (["polling"], "polling"),
    "WebSocket only": (["websocket"], "websocket"),
    "polling upgraded": (None, "websocket"),
}


def main():
    print("TAP version 13")
    number = 0
    failures = 0
    for row, (transports, carrying) in ROWS.items():
        for name, test in TESTS.items():
            number += 1
            try:
                test(transports, carrying)
                print(f"ok {number} - Python, {row}: {name}", flush=True)
            except Exception:
                failures += 1
                print(f"not ok {number} - Python, {row}: {name}")
                print("  ---\n  " + traceback.format_exc().replace("\n", "\n  ") + "\n  ...", flush=True)
    print(f"1..{number}", flush=True)
    # Threads of clients whose tests have failed do not count.
    sys.stdout.flush()
    os._exit(1 if failures else 0)


main()
