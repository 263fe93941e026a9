"""Hints that several promises share: a nudge, a direction, all but the answer."""

# echo

END_OF_STREAM = (
    "Your loop does not end. What does recv() return when the client has finished sending?",
    "b'' is the end of the stream. Every later recv() returns b'' again, at once.",
    "End the loop at the first b'': while piece := conn.recv(CHUNK).",
)
NOT_YOURS_TO_CLOSE = (
    "Who opened this connection, and who still needs it when echo() returns?",
    "echo() is given the connection. Its caller closes it.",
    "Remove conn.close(), or the `with conn:`, from echo().",
)
RAISE_IT_AGAIN = (
    "bind() raised an OSError, and your code caught it. Who has to see it?",
    "Your caller asked for this port, and cannot have it.",
    "In `except OSError:`, close the socket, and then `raise`.",
)
CLOSE_THE_LISTENER = (
    "bind() raises an OSError. Which socket is open at that moment?",
    "Your caller gets an error instead of a socket, so it cannot close that socket. You can.",
    "Put bind() and listen() into `try:`. In `except OSError:`, close the listener, then `raise`.",
)
CLOSE_CONN = (
    "accept() made a socket for this client. Who closes it?",
    "You do, however echo() ends: a conn.close() below echo() does not run if echo() raises.",
    "Put `return echo(conn)` into `with conn:`. It closes conn in every case.",
)
ACCEPT_RETURNS_A_PAIR = (
    "accept() returns two things. Which of them is the socket?",
    "The first one. The second one is the client's address, which you do not need.",
    "conn, peer = listener.accept(), and then `with conn:`.",
)
PASS_THE_ERROR_ON = (
    "An OSError was raised. Who should see it?",
    "Your caller. Without the error, nothing tells it that the answer is not complete.",
    "Do not catch the OSError, or `raise` it again after you have closed your socket.",
)

# four_tuple

NAME_THE_PARTS = (
    "The values are right. What type has the result, and what type has each part of it?",
    "A FourTuple has the parts `local` and `remote`. Each of them is an Endpoint.",
    "FourTuple(local=Endpoint(…), remote=Endpoint(…)), with Endpoint(*pair) for a pair.",
)
CLOSE_THE_CLIENT = (
    "bind() or connect() raises an OSError. What happens to the socket that you made?",
    "Your caller gets an error instead of a socket, so you have to close that socket.",
    "Put bind() and connect() into `try:`. In `except OSError:`, close the socket, then `raise`.",
)

# accept

LOOK_FOR_THE_NUMBER = (
    "What is in the set NO_CLIENT, and what do you look for there?",
    "It has numbers in it, such as errno.EAGAIN. `error` is an object; its number is error.errno.",
    "if error.errno in NO_CLIENT: return None",
)
CLOSE_AFTER_THE_THREAD = (
    "Your thread needs its sockets until it has ended. Which line of stop() comes too early?",
    "Wake the thread, wait until it has ended, however long that takes, and close after that.",
    "Send b'!' through your pair, and join your thread without a time limit. Then close.",
)
CLOSE_THE_SELECTOR = (
    "A selector is a file of the kernel's, as a socket is. When is yours closed?",
    "Close the selector on every way out of accept_next(), also if an error is raised.",
    "with selectors.DefaultSelector() as selector: and everything else inside.",
)
CLOSE_WHAT_WAS_SERVED = (
    "The handler has returned or raised. Which socket is still open?",
    "The connection is yours to close in every case: with its name or without, error or not.",
    "Put everything that serve_client() does into `with conn:`.",
)
DO_NOT_WAIT_IN_ACCEPT = (
    "The queue is empty. What does accept() do with a listener that is blocking?",
    "Make the listener non-blocking first. Then accept() raises BlockingIOError at once.",
    "listener.setblocking(False), before listener.accept().",
)

# closing

CLOSE_IN_EVERY_CASE = (
    "On one way out of your function, conn is still open. Which one?",
    "An error, or a `return` in the middle, skips the lines below it. `with conn:` always closes conn.",
    "Put everything that your function does into `with conn:`.",
)
WAIT_ALL_OF_IT = (
    "The caller gives the peer some time. How much of it does your code use?",
    "What is not there yet may still come. The answer is OPEN only when all of `seconds` have passed.",
    "conn.settimeout(seconds), and let recv() do the waiting.",
)
SEND_NOTHING = (
    "The peer has received something. Which of your lines has sent it?",
    "Your function only reads. Your caller decides what is sent.",
    "Remove send() and sendall() from this function.",
)
SLEEP = (
    "How often does your code call recv() while nothing comes?",
    "A recv() with a timeout sleeps until bytes come, or until the time is up.",
    "conn.settimeout(seconds), then one conn.recv(CHUNK). No loop, no setblocking(False).",
)
SET_A_TIMEOUT = (
    "The peer sends nothing and does not close. What ends your recv()?",
    "Without a timeout, recv() waits as long as it takes: forever, if need be.",
    "conn.settimeout(seconds), before recv(). In close_gracefully(), drain() does this for you.",
)
NO_TIMEOUT_HERE = (
    "How long does accept() wait on your listener?",
    "A listener waits for its next client as long as it takes.",
    "Remove the settimeout() or setblocking() from open_listener().",
)

# framing

NO_LIMIT = (
    "You refuse a large number of bytes. Who has set a limit for them?",
    "Nobody: the docstring names no limit. A limit belongs to what a peer announces.",
    "Do not compare with MAX_LINE or MAX_FRAME in this function.",
)
END_OF_A_READER = (
    "Your loop does not end. What does recv() return when the stream has ended?",
    "b'', at once, and again at every later call. Look at each piece before you go on.",
    "piece = self._conn.recv(CHUNK); if not piece: the stream has ended.",
)
KEEP_IT_IN_THE_BUFFER = (
    "recv() raised TimeoutError after three bytes had arrived. Where are these three bytes now?",
    "They must be in the reader's buffer: a variable of your method is gone when it raises.",
    "self._buffer += self._conn.recv(CHUNK). Take nothing out before there is enough.",
)
LOOK_FIRST = (
    "The peer has sent everything, and waits for you. Where are the bytes that you still need?",
    "In your buffer. Look there before you call recv().",
    "Call recv() only in a loop that ends as soon as the buffer holds enough: `while … is None:`, or "
    "`while len(self._buffer) < count:`.",
)
DEFAULT_LIMIT = (
    "Your caller names no limit. Which one holds?",
    "The default of the parameter, MAX_LINE. It is in the starter.",
    "limit: int = MAX_LINE",
)
EMPTY_AFTER_TRUNCATED = (
    "Your call raised Truncated, and the next call found old bytes. Where were they?",
    "Still in the buffer. They are in `partial` now: take them out of the buffer.",
    "partial = bytes(self._buffer); self._buffer.clear(); raise Truncated(partial)",
)
COUNT_THE_LENGTH = (
    "How many bytes does this frame have? Count its length as well.",
    "A frame has four bytes more than its length says. The payload begins after these four; all of "
    "the frame has to be there, and all of it has to go.",
    "end = 4 + length. Compare len(buffer) with end; return bytes(buffer[4:end]); del buffer[:end].",
)
NAME_THE_LIMIT = (
    "Your caller wants to know which limit was exceeded. What do you tell it?",
    "TooLong takes the limit that you were given, not the length that you found.",
    "raise TooLong(limit)",
)
CALLERS_LIMIT = (
    "Who decides how long a frame may be?",
    "Your caller. MAX_FRAME is only the default of `limit`, and 0 is a limit as well.",
    "if length > limit: raise TooLong(limit)",
)
LEAVE_THE_TIMEOUT = (
    "The peer sends nothing more. Who decides how long you wait?",
    "The caller, who has set the timeout of the connection. Do not change it, and do not try again.",
    "self._conn.recv(CHUNK), without settimeout() and without `except TimeoutError`.",
)

# threads

THREAD_OWNS_CONN = (
    "Your function returns while the client is still being served. What has closed its connection?",
    "The connection belongs to the thread now. serve_client() closes it, when the client has been "
    "served.",
    "No conn.close() and no `with conn:` in serve_in_thread().",
)
TAKEN = (
    "The bytes have left `waiting`, and the client got nothing. What is in `taken` now?",
    "taken = self.waiting copies nothing. Copy the bytes, or give `waiting` a new bytearray.",
    "taken, self.waiting = self.waiting, bytearray()",
)
RELEASE = (
    "acquire() waits for a free thread. Who says that a thread is free again?",
    "The thread itself, in work(), whenever a job has ended.",
    "In work(): try: job() except Exception: … finally: self.free.release()",
)

# event_loop

TWO_PLACES = (
    "Which two objects know that the socket is watched?",
    "Your dictionary and the selector. Both must forget it.",
    "if self._watched.pop(sock, None): self._selector.unregister(sock)",
)
TOO_EARLY = (
    "A timer is not due yet, and you make its call. Which two times do you compare?",
    "The heap holds the time when a timer is due: the time now and the seconds. Compare it with the "
    "time now, by the same clock, before you take the timer out.",
    "In call_later(): time.monotonic() + seconds. In run(): now = time.monotonic(); while "
    "self._timers and self._timers[0][0] <= now: …",
)

# body

TAKE_IT_OFF = (
    "Your caller uses the same buffer again. What does it find at the front?",
    "Remove what you took from the buffer that you were given: `del` changes that bytearray. "
    "buffer = buffer[n:] makes another one, which only your function knows.",
    "del buffer[: len(content)]",
)
BYTES_ARE_PROMISED = (
    "The octets are right. Which type does the docstring promise?",
    "bytes. A slice of a bytearray is a bytearray, and somebody could change it later.",
    "bytes(…)",
)
NOTHING_AFTER_THE_END = (
    "`done` was true, and decode() was called again. Which octets belong to this content now?",
    "None: decode() returns b'' and takes nothing. Look at `done` before you take anything.",
    "A loop that begins with `while not self.done` does that, if nothing before it takes octets.",
)
SAY_THAT_IT_IS_DONE = (
    "The empty line has come. Who says that the content is done?",
    "You do: `done` is an attribute here, not a property. Nobody else sets it.",
    "For the line '': self.trailers = Headers(self.fields); self.done = True.",
)
FULLMATCH = (
    "The beginning of this text is right. What follows it?",
    "match() does not look at what follows, and `$` also matches before a last LF.",
    "fullmatch(), in place of match(), and no `$`.",
)
ASK_FOR_NONE = (
    "The field is there, and its value is ''. What does `if not value` say about ''?",
    "`not ''` is true, as `not None` is. Only None means that the field is missing.",
    "if value is None: …",
)

# response

AN_ITERATOR = (
    "What will serialize() do with what you return?",
    "It calls next(), which accepts an iterator, and no list or tuple. iter() makes an iterator of "
    "each.",
    "iter(content), iter([content]), or iter(()) for no pieces",
)
FIELDS_OF_MY_OWN = (
    "What kind of object is `response.fields`? It need not be a list.",
    "It may be a tuple. Make a list of your own, and put the application's fields into it.",
    "fields = [('Date', …), *response.fields], and then fields.append(…)",
)
