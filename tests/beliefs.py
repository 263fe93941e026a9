"""What learners believe, and what is true instead: the catalogue, by lesson and id.

Suites name these beliefs, and reports show them. `see` is a heading of the lesson that `lesson` names.
"""

from course.checks.promises import Misconception

# echo

TEXT = Misconception(
    id="M01",
    belief="A socket carries text.",
    truth="It carries bytes. You have to encode text, and not all bytes are text in UTF-8.",
    authority="send(2), recv(2)",
    lesson="echo",
    see="2 · What recv() returns",
)
LISTENER_TALKS = Misconception(
    id="M02",
    belief="The server talks to the client through the socket that listens.",
    truth="The listener cannot send or receive. accept() returns a new socket, and that "
    "one talks to the client.",
    authority="accept(2)",
    lesson="echo",
    see="3 · When a client leaves",
)
ONE_RECV = Misconception(
    id="M03",
    belief="One recv() returns the message that one send() sent.",
    truth="TCP carries a stream of bytes. recv() returns what has arrived so far: at least one "
    "byte, and at most as many as you allow.",
    authority="RFC 9293 §2.2, recv(2)",
    lesson="echo",
    see="2 · What recv() returns",
)
SEND_TAKES_ALL = Misconception(
    id="M04",
    belief="send(data) sends all of data.",
    truth="send() returns how many bytes the kernel has accepted, and that can be fewer. "
    "sendall() calls it again until the kernel has accepted everything.",
    authority="send(2)",
    lesson="echo",
    see="2 · What recv() returns",
)
TRY_AGAIN = Misconception(
    id="M05",
    belief="recv() returned b'', so nothing has arrived yet: try again.",
    truth="b'' is the end of the stream, and every later recv() returns it again. When nothing "
    "has arrived yet, recv() waits.",
    authority="recv(2)",
    lesson="echo",
    see="2 · What recv() returns",
)
FIXED_PORT = Misconception(
    id="M07",
    belief="A server needs a port number that somebody has chosen.",
    truth="Port 0 asks the kernel for a free port, and getsockname() says which one it is. "
    "A port that is already in use is an error.",
    authority="ip(7), bind(2)",
    lesson="echo",
    see="1 · A server and a client",
)
ANY_ADDRESS = Misconception(
    id="M16",
    belief="An empty host, or 0.0.0.0, means this machine only.",
    truth="It means every interface: everybody who can reach your machine can reach your "
    "server. 127.0.0.1 is this machine only.",
    authority="ip(7)",
    lesson="echo",
    see="Extra · Who can call your server?",
)
LISTENER_DONE = Misconception(
    id="M22",
    belief="When the client has finished, the listener has finished as well.",
    truth="Each client has a connection of its own. Close that one, and leave the listener "
    "open for the next client.",
    authority="accept(2)",
    lesson="echo",
    see="3 · When a client leaves",
)
CLOSES_ITSELF = Misconception(
    id="M35",
    belief="When the client closes its socket, mine is closed as well.",
    truth="Each program closes its own end. Yours stays open until you close it, even if an "
    "error ends your function.",
    authority="close(2), RFC 9293 §3.6",
    lesson="echo",
    see="3 · When a client leaves",
)
BOUND_IS_READY = Misconception(
    id="X01",
    belief="Clients can connect to every socket that has an address.",
    truth="bind() only gives it the address. Before listen(), the kernel refuses every client.",
    authority="listen(2)",
    lesson="echo",
    see="1 · A server and a client",
)
SERVER_KNOWS = Misconception(
    id="X02",
    belief="The server notices by itself that my message is complete.",
    truth="A stream has no marks in it. The server sees the end only if the client says that "
    "it has finished sending: shutdown(SHUT_WR).",
    authority="RFC 9293 §3.6, shutdown(2)",
    lesson="echo",
    see="4 · The other side",
)
ANSWER_AT_THE_END = Misconception(
    id="X03",
    belief="First receive everything, then send it back.",
    truth="A client may wait for an answer before it sends more, and the stream may never end. "
    "Send each piece back as soon as it has arrived.",
    authority="RFC 9293 §2.2",
    lesson="echo",
    see="2 · What recv() returns",
)
FAILED_IS_CLOSED = Misconception(
    id="X11",
    belief="A socket is closed when one of its calls has failed.",
    truth="It stays open until you close it. Your caller cannot do that, because it gets an "
    "error instead of a socket.",
    authority="bind(2), connect(2), close(2)",
    lesson="echo",
    see="1 · A server and a client",
)
CLOSE_IS_ONE_WAY = Misconception(
    id="X12",
    belief="close() or shutdown(SHUT_RDWR) ends my sending only.",
    truth="After either of them, you cannot receive any more. shutdown(SHUT_WR) ends your sending "
    "only.",
    authority="RFC 9293 §3.6, shutdown(2)",
    lesson="echo",
    see="4 · The other side",
)
BACKLOG_STAYS_HERE = Misconception(
    id="X14",
    belief="The backlog does not matter: listen() works without it.",
    truth="The queue belongs to the kernel. It learns from listen() how many clients may wait.",
    authority="listen(2)",
    lesson="echo",
    see="1 · A server and a client",
)
ERRORS_ARE_MINE_TO_HIDE = Misconception(
    id="X16",
    belief="A connection that breaks has ended like any other.",
    truth="The end of a stream and a broken connection are different things. Your caller has "
    "to know which one it was: do not catch the OSError.",
    authority="recv(2), send(2)",
    lesson="echo",
    see="3 · When a client leaves",
)
HOST_IS_DECORATION = Misconception(
    id="X17",
    belief="A server listens on this machine, so the host does not matter.",
    truth="A machine has several addresses. The caller chooses one of them, and bind() "
    "refuses every address of another machine.",
    authority="bind(2), ip(7)",
    lesson="echo",
    see="Extra · Who can call your server?",
)
TIMEOUT_TO_BE_SAFE = Misconception(
    id="X511",
    belief="A timeout makes a program safer, so I set one.",
    truth="With a timeout, somebody who pauses is treated like somebody who has left. Here "
    "your caller wants you to wait.",
    authority="Python library reference, socket: socket timeouts",
    lesson="echo",
    see="2 · What recv() returns",
)
SILENT_IS_NOBODY = Misconception(
    id="X512",
    belief="A client that sends nothing does not count.",
    truth="It has connected and it has finished, so it has been served. It is no longer "
    "in the queue, and the next client belongs to the next call.",
    authority="accept(2)",
    lesson="echo",
    see="3 · When a client leaves",
)
CALLER_CHOOSES_THE_PORT = Misconception(
    id="X513",
    belief="Any free port will do.",
    truth="Only if the caller asks for port 0. Every other number means that port, and an "
    "error if it is in use.",
    authority="bind(2), ip(7)",
    lesson="echo",
    see="1 · A server and a client",
)
ADDRESS_IS_SHARED = Misconception(
    id="X514",
    belief="Two servers may listen at the same address.",
    truth="The kernel refuses the second one, so that somebody notices. With SO_REUSEPORT, "
    "nobody would: some clients would reach one server, some the other.",
    authority="bind(2), socket(7)",
    lesson="echo",
    see="1 · A server and a client",
)
STREAM_HAS_A_LIMIT = Misconception(
    id="X515",
    belief="Nobody sends more than this.",
    truth="A stream may be of any length. Call recv() until it returns b''.",
    authority="RFC 9293 §2.2, recv(2)",
    lesson="echo",
    see="2 · What recv() returns",
)
NEXT_LINE_RUNS = Misconception(
    id="X516",
    belief="The next line always runs, so it can close the socket.",
    truth="When a call raises an error, the lines after it do not run. `with` closes the socket in "
    "every case.",
    authority="Python language reference, the with statement",
    lesson="echo",
    see="3 · When a client leaves",
)
USER_CLOSES = Misconception(
    id="X517",
    belief="A function closes the connection that it has used.",
    truth="A connection is closed by the one who has opened or accepted it. Your caller may still "
    "need it.",
    authority="close(2)",
    lesson="echo",
    see="3 · When a client leaves",
)
A_PAIR = Misconception(
    id="X518",
    belief="accept() returns a socket.",
    truth="It returns a pair: a new socket, and the client's address.",
    authority="Python library reference, socket: accept",
    lesson="echo",
    see="1 · A server and a client",
)
CAUGHT_IS_DEALT_WITH = Misconception(
    id="X531",
    belief="An error that I have caught is dealt with.",
    truth="Your caller wants a listener, and cannot have it. Close the socket, and then raise the "
    "error again, so that your caller knows.",
    authority="bind(2), listen(2)",
    lesson="echo",
    see="1 · A server and a client",
)

# four_tuple

PORT_NAMES_SOCKET = Misconception(
    id="M11",
    belief="A port number names one socket.",
    truth="All connections of a server share its port, and clients on two machines may have the "
    "same port. Only the whole 4-tuple names a connection.",
    authority="RFC 9293 §3.4.1",
    lesson="four_tuple",
    see="2 · Whose segment is this?",
)
SERVER_PORT_ON_BOTH_SIDES = Misconception(
    id="M12",
    belief="Client and server use the same port.",
    truth="The server's port is known beforehand. The client's is another one, which its kernel "
    "picks. getsockname() returns your own endpoint, getpeername() the peer's.",
    authority="ip(7), getsockname(2), getpeername(2)",
    lesson="four_tuple",
    see="1 · Four numbers",
)
PORT_IS_TAKEN = Misconception(
    id="M13",
    belief="bind() always refuses a port that another socket has.",
    truth="Two sockets can share a local port, as long as their 4-tuples differ. Both have to "
    "set SO_REUSEADDR before they call bind().",
    authority="RFC 9293 §3.4.1, socket(7)",
    lesson="four_tuple",
    see="3 · The client may choose, too",
)
WILDCARD_IS_AN_ADDRESS = Misconception(
    id="M14",
    belief="0.0.0.0 is an address that segments are sent to.",
    truth="Only a listener's entry has it, and there it means every IPv4 address of this machine. A "
    "segment carries the address that the client dialled. A listener on exactly that "
    "address comes first.",
    authority="ip(7)",
    lesson="four_tuple",
    see="2 · Whose segment is this?",
)
TWO_PARTS = Misconception(
    id="M15",
    belief="A socket's name is always a host and a port.",
    truth="An IPv6 socket's name has four parts: host, port, flow label and scope. The first "
    "two are the endpoint.",
    authority="ipv6(7)",
    lesson="four_tuple",
    see="1 · Four numbers",
)
OPTION_LATER = Misconception(
    id="M28",
    belief="SO_REUSEADDR can be set at any time.",
    truth="bind() is what asks for the address, so the option has to be set before it. On Linux, "
    "every socket that has used the address must have set it.",
    authority="socket(7)",
    lesson="four_tuple",
    see="3 · The client may choose, too",
)
ONE_NAME = Misconception(
    id="X04",
    belief="A connection has one name, the same at both ends.",
    truth="Both ends know the same four numbers, but what is local for one is remote for the "
    "other. The host and port of an endpoint stay together.",
    authority="RFC 9293 §3.4.1",
    lesson="four_tuple",
    see="1 · Four numbers",
)
CLIENT_CANNOT_BIND = Misconception(
    id="X05",
    belief="bind() is for servers.",
    truth="bind() gives any socket its local endpoint. A client that does not call it gets its "
    "host and port from the kernel.",
    authority="bind(2), ip(7)",
    lesson="four_tuple",
    see="3 · The client may choose, too",
)
LISTENER_FIRST = Misconception(
    id="X06",
    belief="The listener gets everything that arrives on its port.",
    truth="A segment of a known connection belongs to that connection. The listener gets only "
    "SYNs that belong to no connection.",
    authority="RFC 9293 §3.10.7.2",
    lesson="four_tuple",
    see="2 · Whose segment is this?",
)
BYTES_IN_READING_ORDER = Misconception(
    id="X07",
    belief="/proc/net/tcp writes addresses the way people read them.",
    truth="It prints the four bytes as one number in the machine's own byte order: 0100007F "
    "is 127.0.0.1. Ports and queues are hexadecimal numbers.",
    authority="proc_pid_net(5)",
    lesson="four_tuple",
    see="4 · The kernel's own table",
)
QUEUE_IS_QUEUE = Misconception(
    id="X08",
    belief="The first of the two queues is what waits for the program.",
    truth="They are tx:rx. tx was sent and is not confirmed yet. rx is what waits for the program: "
    "bytes on a connection, finished connections on a listener.",
    authority="proc_pid_net(5)",
    lesson="four_tuple",
    see="4 · The kernel's own table",
)
LISTENER_TO_NOBODY = Misconception(
    id="X09",
    belief="A listener is connected to 0.0.0.0:0.",
    truth="The zeros fill an empty column. A listener is connected to nobody.",
    authority="proc_pid_net(5)",
    lesson="four_tuple",
    see="4 · The kernel's own table",
)
LISTENER_HAS_PEER = Misconception(
    id="X476",
    belief="A listener is connected to its clients.",
    truth="A listener has no peer: getpeername() raises OSError. Only the sockets that "
    "accept() returns are connected.",
    authority="getpeername(2)",
    lesson="four_tuple",
    see="1 · Four numbers",
)

# accept

ACCEPT_SHAKES_HANDS = Misconception(
    id="M18",
    belief="accept() shakes hands. Before it, no client can connect.",
    truth="The kernel shakes hands for every socket that listens. Clients connect and send "
    "although nobody has called accept() yet.",
    authority="listen(2)",
    lesson="accept",
    see="1 · Who shakes hands?",
)
BACKLOG_IS_CLIENTS = Misconception(
    id="M19",
    belief="listen(n) means: n clients at most.",
    truth="The backlog limits the connections that wait to be accepted. A client that has been "
    "accepted does not count.",
    authority="listen(2)",
    lesson="accept",
    see="1 · Who shakes hands?",
)
CLOSES_CLIENTS = Misconception(
    id="M21",
    belief="A server that stops has to drop everybody.",
    truth="A connection that has been accepted lives on when its listener is closed, so the "
    "client being served can be served to the end. Only those in the queue are turned away.",
    authority="close(2), listen(2)",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
ONE_ACCEPT = Misconception(
    id="M23",
    belief="A server accepts once, and then it serves.",
    truth="Each accept() returns one client. A server calls it again and again.",
    authority="accept(2)",
    lesson="accept",
    see="2 · What accept() hands back",
)
LISTENER_IS_ENOUGH = Misconception(
    id="M24",
    belief="A thread that waits for clients ends when another thread closes the listener.",
    truth="On Linux it goes on waiting, and accept() even lets one more client in. Wait for two "
    "things at once: the listener, and a socket that stop() writes to.",
    authority="close(2), “Multithreaded processes and close()”",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
TIMEOUT_IS_INHERITED = Misconception(
    id="M25",
    belief="A client that connects will soon say something.",
    truth="It may stay silent. An accepted socket starts without a timeout, whatever timeout its "
    "listener has. Without one, a silent client keeps your server busy until you restart it.",
    authority="Python library reference, socket: timeouts and the accept method",
    lesson="accept",
    see="2 · What accept() hands back",
)
CLIENT_IS_THERE = Misconception(
    id="M26",
    belief="A client that has just been accepted is there.",
    truth="It was there when it joined the queue. It may have sent something, and left, since "
    "then. Even the question who it is can fail.",
    authority="accept(2), getpeername(2)",
    lesson="accept",
    see="3 · One client's error must not hurt the others",
)
NOTHING_GOES_WRONG = Misconception(
    id="M33",
    belief="My handlers work, so no error comes out of them.",
    truth="A client can disappear while any line of a handler runs, and handlers have bugs. What "
    "goes wrong with one client must not reach the loop that serves the others.",
    authority="recv(2), send(2)",
    lesson="accept",
    see="3 · One client's error must not hurt the others",
)
STOP_ONCE = Misconception(
    id="X10",
    belief="stop() is called once, and after start().",
    truth="A `with` block, an error handler and a user may all stop the same server, even one "
    "that never started. No call of stop() may raise an error.",
    authority="PEP 343; compare socket.close(), which may be called twice",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
WAKE_COMES_FIRST = Misconception(
    id="X13",
    belief="A client that waits is served before anything else.",
    truth="The caller who wakes the server wants it to stop. If clients came first, a busy "
    "server could never be stopped.",
    authority="the docstring of accept_next",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
START_SERVES = Misconception(
    id="X15",
    belief="start() serves the clients.",
    truth="start() returns at once. The clients are served by a thread that it has started.",
    authority="Python library reference, threading: Thread.start",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
OPENED_IS_MINE = Misconception(
    id="X18",
    belief="Sockets and threads are cleaned up when the program ends.",
    truth="One program may start and stop many servers. Close each socket that you open, and "
    "wait for each thread that you start, on every way out.",
    authority="close(2); Python library reference, threading: Thread.join",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
ADDRESS_IS_ASKED_FOR = Misconception(
    id="X477",
    belief="The server's port is the number that was asked for.",
    truth="With port 0 the kernel chooses. Only the listener's getsockname() tells what it chose.",
    authority="ip(7)",
    lesson="accept",
    see="1 · Who shakes hands?",
)
SELECTOR_IS_FREE = Misconception(
    id="X504",
    belief="A selector only looks: there is nothing to close.",
    truth="It has a descriptor of its own. If each call leaves one open, the program runs out of them: "
    "use `with`, or close() on every way out.",
    authority="epoll_create(2); Python library reference, selectors: BaseSelector.close",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
ACCEPT_ALWAYS_WAITS = Misconception(
    id="X520",
    belief="When the queue is empty, accept() waits. There is no other way.",
    truth="On a non-blocking listener, accept() raises EAGAIN at once.",
    authority="accept(2)",
    lesson="accept",
    see="2 · What accept() hands back",
)
ERROR_IS_THE_END = Misconception(
    id="X521",
    belief="When accept() raises an error, something is broken.",
    truth="EAGAIN only says that the queue is empty, and ECONNABORTED that one client has left. "
    "The next client is fine.",
    authority="accept(2), “Error handling”",
    lesson="accept",
    see="2 · What accept() hands back",
)
RETRY_ALWAYS_HELPS = Misconception(
    id="X522",
    belief="When accept() raises an error, trying again is always right.",
    truth="With EMFILE the client stays in the queue, so the next try fails at once, thousands of "
    "times a second. The caller has to know.",
    authority="accept(2), EMFILE",
    lesson="accept",
    see="2 · What accept() hands back",
)
READY_IS_A_PROMISE = Misconception(
    id="X523",
    belief="select() says that the listener is ready, so accept() gets a client.",
    truth="select() was right when it looked. The client may have left since then.",
    authority="select(2), BUGS",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
NOBODY_FOR_LONG = Misconception(
    id="X524",
    belief="Every wait needs a time limit.",
    truth="A server may have no client for days, and that is fine. CLIENT_TIMEOUT is for the calls "
    "on a connection, not for the wait for the next client.",
    authority="the docstring of accept_next",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
LOOKING_IS_WAITING = Misconception(
    id="X525",
    belief="Looking again and again is a way to wait.",
    truth="It costs time that other programs need. select() waits for all sockets at once, and the "
    "thread sleeps until one of them is ready.",
    authority="select(2)",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
ONE_THREAD_EACH = Misconception(
    id="X526",
    belief="A server serves each client as soon as it comes.",
    truth="This server has one thread, so it serves one client after another. The chapter threads "
    "changes that.",
    authority="the docstring of Acceptor",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
PROGRAM_WAITS = Misconception(
    id="X527",
    belief="When my program ends, its threads end.",
    truth="Python waits for every thread that is not a daemon. A thread that waits for clients "
    "would keep the program running forever.",
    authority="Python library reference, threading: Thread objects",
    lesson="accept",
    see="4 · Waiting for two things at once",
)
CLOSE_COMES_FIRST = Misconception(
    id="X528",
    belief="When stop() is called, the thread no longer needs its sockets.",
    truth="It uses them until it has ended. Wake it, join it without a time limit, and only then "
    "close.",
    authority="close(2), “Multithreaded processes and close()”",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
NOTHING_TO_STOP = Misconception(
    id="X529",
    belief="If start() was never called, stop() has nothing to do.",
    truth="The listener has been open since __init__(). stop() closes it, with a thread or without.",
    authority="listen(2), close(2)",
    lesson="accept",
    see="5 · A thread that accepts, and stops",
)
CAUGHT_IS_DONE = Misconception(
    id="X530",
    belief="An error that is caught has been dealt with.",
    truth="A bug of which nobody sees the traceback is never fixed. In an `except` block, "
    "logging.exception() logs it.",
    authority="Python library reference, logging: Logger.exception",
    lesson="accept",
    see="3 · One client's error must not hurt the others",
)

# closing

NOTHING_YET_IS_THE_END = Misconception(
    id="M06",
    belief="If nothing comes for a while, the stream has ended.",
    truth="The end is b''. Your own timeout only says that nothing has come yet. The connection is "
    "as open as before.",
    authority="recv(2); Python library reference, socket: socket timeouts",
    lesson="closing",
    see="Silence",
)
SOMEBODY_ELSE = Misconception(
    id="M27",
    belief="“Address already in use” means that another program is there: take another port.",
    truth="Your own last connection can also hold the port: it is in TIME-WAIT for a while. With "
    "SO_REUSEADDR, a server gets its port anyway.",
    authority="socket(7), SO_REUSEADDR; RFC 9293 §3.6.1",
    lesson="closing",
    see="5 · The address is still in use",
)
CLOSE_DELIVERS = Misconception(
    id="M30",
    belief="close() delivers what I have sent, and then ends the connection.",
    truth="If the peer is still sending, your kernel answers with a reset, and the reset can destroy "
    "your last words before they are read.",
    authority="RFC 9293 §3.6.1 (SHLD-3), RFC 9112 §9.6",
    lesson="closing",
    see="4 · Last words",
)
EOF_IS_GONE = Misconception(
    id="M34",
    belief="b'' means that the peer has gone, so the connection can be closed.",
    truth="The peer has finished sending. It may still read, and wait for your answer.",
    authority="RFC 9293 §3.6.1",
    lesson="closing",
    see="2 · Two halves",
)
NO_TIMEOUT = Misconception(
    id="M112",
    belief="Every peer finishes sooner or later.",
    truth="A peer can stay silent forever, and its kernel keeps the connection open. Only your own "
    "clock ends the wait.",
    authority="RFC 9293 §3.8.4 (keep-alives are off unless asked for)",
    lesson="closing",
    see="Silence",
)
TIMEOUT_IS_A_DEADLINE = Misconception(
    id="M114",
    belief="settimeout(t) limits how long I read.",
    truth="It limits one recv(). With each byte that comes, the next recv() has the whole time again. "
    "Compute what is left of the time before each recv().",
    authority="Python library reference, socket: settimeout",
    lesson="closing",
    see="3 · Reading to the end",
)
EVERY_ERROR_IS_A_RESET = Misconception(
    id="X20",
    belief="When recv() raises an OSError, the connection is broken.",
    truth="Your own timeout is an OSError as well: TimeoutError, without a number. It says that "
    "nothing has happened yet.",
    authority="Python library reference, OS exceptions",
    lesson="closing",
    see="Silence",
)
BOTH_WAIT = Misconception(
    id="X21",
    belief="If I read until the peer has finished, the peer gets everything that I sent.",
    truth="The peer may be waiting for your end of the stream, while you wait for its end. Finish "
    "first: shutdown(SHUT_WR).",
    authority="RFC 9112 §9.6",
    lesson="closing",
    see="4 · Last words",
)
CLOSE_THROWS_AWAY = Misconception(
    id="X22",
    belief="close() throws the connection away.",
    truth="After close() the kernel still sends what is in its buffer, then the end of the stream. "
    "Only with SO_LINGER, on and with zero seconds, does close() send a reset.",
    authority="RFC 9293 §3.6, socket(7)",
    lesson="closing",
    see="1 · A server that says no",
)
LAST_MESSAGE = Misconception(
    id="X23",
    belief="Before I throw a peer out, I tell it why.",
    truth="A peer that does not read has no room for the reason. You would wait in send() for the "
    "very peer that you want to get rid of.",
    authority="send(2); RFC 9293 §3.10.5",
    lesson="closing",
    see="1 · A server that says no",
)
SHARES_THE_PORT = Misconception(
    id="X24",
    belief="SO_REUSEPORT is a better SO_REUSEADDR.",
    truth="It lets several listeners share a port, and each gets some of the clients. If you start "
    "your server twice by mistake, nobody notices.",
    authority="socket(7), SO_REUSEPORT",
    lesson="closing",
    see="Extra · Two listeners on one port",
)
NOTHING_NOW_IS_NOTHING = Misconception(
    id="X25",
    belief="What is not there yet will not come.",
    truth="Bytes may still be on their way, and so may the end of the stream. Wait for as long as "
    "your caller says.",
    authority="recv(2); Python library reference, socket: socket timeouts",
    lesson="closing",
    see="Silence",
)
NOTHING_IS_A_TIMEOUT = Misconception(
    id="X26",
    belief="If no time is left, recv() times out at once.",
    truth="A negative timeout is a ValueError. settimeout(0) means “do not wait at all”: recv() raises "
    "BlockingIOError, or returns what is there. When no time is left, stop.",
    authority="Python library reference, socket: settimeout",
    lesson="closing",
    see="3 · Reading to the end",
)
ERROR_STAYS = Misconception(
    id="X27",
    belief="A broken connection says so at every call.",
    truth="The kernel reports the error once, to whichever call comes first. After that, recv() "
    "returns b'', which is not an end of the stream, and shutdown() raises “not connected”.",
    authority="socket(7), the pending error; shutdown(2), ENOTCONN",
    lesson="closing",
    see="4 · Last words",
)
ASKS_AGAIN = Misconception(
    id="X28",
    belief="To wait, I ask again and again until the time is up.",
    truth="Such a loop keeps a processor busy and learns nothing sooner. A recv() with a timeout "
    "sleeps, and the kernel wakes it.",
    authority="recv(2); Python library reference, socket: socket timeouts",
    lesson="closing",
    see="Silence",
)
ERRORS_DO_NOT_HAPPEN = Misconception(
    id="X478",
    belief="I know which errors a call on a connection can raise.",
    truth="Any peer can disappear at any moment. Then every call on its connection can raise an "
    "OSError, even shutdown() and setsockopt().",
    authority="recv(2), shutdown(2)",
    lesson="closing",
    see="4 · Last words",
)
TIMEOUTS_ARE_ALIKE = Misconception(
    id="X540",
    belief="A TimeoutError means: nothing yet.",
    truth="The kernel's ETIMEDOUT is a TimeoutError as well. It means that the peer no longer answers "
    "and that the connection no longer exists. Your own timeout has no errno.",
    authority="tcp(7), ETIMEDOUT; Python library reference, TimeoutError",
    lesson="closing",
    see="A dead peer",
)
ONLY_CONNECTION_ERRORS = Misconception(
    id="X541",
    belief="If a connection breaks, the error is a ConnectionError.",
    truth="ConnectionError is for resets and broken pipes. Other errors of a connection, such as "
    "EHOSTUNREACH, are a plain OSError.",
    authority="Python library reference, OS exceptions; ip(7), EHOSTUNREACH",
    lesson="closing",
    see="A dead peer",
)
CLOCK_ON_THE_WALL = Misconception(
    id="X542",
    belief="time.time() measures how long something takes.",
    truth="It is the time of day, and it jumps when somebody sets the clock. time.monotonic() only "
    "moves forward.",
    authority="Python library reference, time: monotonic",
    lesson="closing",
    see="3 · Reading to the end",
)
KEEPS_EVERYTHING = Misconception(
    id="X543",
    belief="To count the bytes at the end, I have to keep them.",
    truth="A number is enough. What a peer sends can be larger than your memory.",
    authority="RFC 9112 §9.6",
    lesson="closing",
    see="3 · Reading to the end",
)
READS_BEFORE_RESET = Misconception(
    id="X544",
    belief="Before a reset, I have to read what has arrived.",
    truth="A reset throws away what nobody has read. A peer that sends without a pause would keep you "
    "reading.",
    authority="RFC 9293 §3.10.5",
    lesson="closing",
    see="1 · A server that says no",
)
HALF_CLOSE_FIRST = Misconception(
    id="X545",
    belief="Before a reset, I have to finish sending.",
    truth="shutdown() sends the end of the stream, and the peer may think that all is well. A reset "
    "needs nothing before it.",
    authority="RFC 9293 §3.10.5, shutdown(2)",
    lesson="closing",
    see="1 · A server that says no",
)
SAME_VALUE = Misconception(
    id="X546",
    belief="It does not matter how a stream has ended.",
    truth="After FINISHED you have everything. After BROKEN something may be missing, and after OPEN "
    "more may come. Your caller has to know which it is.",
    authority="RFC 9293 §3.6, recv(2)",
    lesson="closing",
    see="2 · Two halves",
)
ONE_SYSTEM = Misconception(
    id="X547",
    belief="SO_REUSEADDR means the same on every system.",
    truth="Only the name is the same. On Windows, SO_REUSEADDR lets another program take your port.",
    authority="Windows Sockets: Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE",
    lesson="closing",
    see="5 · The address is still in use",
)
OPTION_CLOSES = Misconception(
    id="X548",
    belief="SO_LINGER resets the connection.",
    truth="The option only says what close() will do. Until you call close(), the connection is open.",
    authority="socket(7), SO_LINGER",
    lesson="closing",
    see="1 · A server that says no",
)
CLOSE_IS_LAST = Misconception(
    id="X549",
    belief="The close() in the last line of my function always runs.",
    truth="A `return` before that line skips it. `with conn:` closes the connection in every case.",
    authority="Python language reference, the with statement",
    lesson="closing",
    see="4 · Last words",
)
ONE_SIZE = Misconception(
    id="X550",
    belief="The value of a socket option has the same size on every system.",
    truth="SO_LINGER takes two integers: of four bytes each on Linux and macOS, of two bytes each on "
    "Windows.",
    authority="socket(7), SO_LINGER; Windows Sockets, LINGER structure",
    lesson="closing",
    see="1 · A server that says no",
)

# framing

SEARCHES_THE_PIECE = Misconception(
    id="M39",
    belief="The delimiter is in the piece that has just arrived, or it is not there.",
    truth="It may begin in one piece and end in the next. Search everything that you have kept.",
    authority="RFC 9293 §2.2",
    lesson="framing",
    see="1 · From bytes to messages",
)
DECODES_PIECES = Misconception(
    id="M40",
    belief="Each piece that arrives can be decoded.",
    truth="A character may have up to four bytes, and a piece may end inside one. Receive a "
    "complete line first, then decode it.",
    authority="RFC 3629 §3",
    lesson="framing",
    see="3 · Lines of text",
)
REST_IS_DROPPED = Misconception(
    id="M41",
    belief="What is not in the message that I return is no longer needed.",
    truth="It begins the next message, and it does not come a second time. Keep it in the buffer.",
    authority="RFC 9293 §2.2",
    lesson="framing",
    see="1 · From bytes to messages",
)
RECV_COUNTS = Misconception(
    id="M42",
    belief="recv(4) returns four bytes.",
    truth="It returns at most four: what has arrived. A length of four bytes can arrive in four "
    "pieces.",
    authority="recv(2)",
    lesson="framing",
    see="4 · Frames",
)
TRUSTS_THE_LENGTH = Misconception(
    id="M43",
    belief="The length tells me how much memory I need.",
    truth="It tells you what the peer wrote there. Four bytes can ask for four gigabytes. Compare "
    "the length with your limit before you make room for the payload, or wait for it.",
    authority="RFC 9110 §17.5",
    lesson="framing",
    see="4 · Frames",
)
OWN_BUFFER = Misconception(
    id="X30",
    belief="What is in the class body, or a default argument, is new for each object.",
    truth="It is made once, and all objects share it. One client would read the bytes of another. "
    "Make it in __init__().",
    authority="Python tutorial, Class and Instance Variables",
    lesson="framing",
    see="2 · What a reader keeps",
)
HALF_IS_WHOLE = Misconception(
    id="X31",
    belief="What has arrived is a message, even if its end is missing.",
    truth="It is the beginning of one. A payment of 1000 that is cut after the first digit is a "
    "payment of 1.",
    authority="RFC 9112 §8",
    lesson="framing",
    see="2 · What a reader keeps",
)
END_IS_AN_ERROR = Misconception(
    id="X32",
    belief="When the stream ends, something has gone wrong.",
    truth="Between two messages, it is how a conversation ends. Only inside a message is something"
    " missing.",
    authority="recv(2); compare RFC 9112 §8",
    lesson="framing",
    see="2 · What a reader keeps",
)
LIMIT_IS_ROUGH = Misconception(
    id="X33",
    belief="For a limit, a few bytes more or less make no difference.",
    truth="A limit is exact, and the docstring says what it counts. `limit` bytes are allowed; one "
    "more is not.",
    authority="the chapter's docstrings",
    lesson="framing",
    see="2 · What a reader keeps",
)
EMPTY_IS_THE_END = Misconception(
    id="X34",
    belief="An empty message means that there is none.",
    truth="It is a message with nothing in it: '' or b''. None means that there is no message. "
    "`if not` and `or None` cannot tell the two apart.",
    authority="the chapter's docstrings",
    lesson="framing",
    see="3 · Lines of text",
)
BAD_LINE_STAYS = Misconception(
    id="X35",
    belief="Bytes that cannot be decoded spoil the rest of the stream.",
    truth="You know where the line ends, whatever is in it. Take the line out of the buffer first, "
    "then decode it.",
    authority="the docstring of read_line",
    lesson="framing",
    see="3 · Lines of text",
)
BYTE_ORDER = Misconception(
    id="X36",
    belief="A number is the same four bytes everywhere.",
    truth="Machines differ in which byte comes first. A protocol has to say it, and nearly all "
    "say: the highest. The module struct writes that as '!'.",
    authority="RFC 791 Appendix B; byteorder(3)",
    lesson="framing",
    see="4 · Frames",
)
ROUND_UNTIL_EMPTY = Misconception(
    id="X37",
    belief="The loop in feed() ends when the buffer is empty.",
    truth="Half a frame stays in the buffer until more is fed. The loop ends when no complete "
    "frame is left.",
    authority="the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)
ERROR_IS_ALL = Misconception(
    id="X38",
    belief="An error replaces what was found before it.",
    truth="The messages before it were complete, and the peer expects an answer to them. Return "
    "them first, and raise at the next call.",
    authority="the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)
LIMIT_AFTERWARDS = Misconception(
    id="X39",
    belief="When the message is complete, I check whether it is too long.",
    truth="A message that never ends is never complete. Check while it grows, before you receive more.",
    authority="RFC 9110 §17.5",
    lesson="framing",
    see="2 · What a reader keeps",
)
END_IS_NORMAL = Misconception(
    id="X300",
    belief="The end of the stream is always a normal end.",
    truth="Between two messages it is. Inside a message something is missing, and your caller "
    "cannot know that unless you raise Truncated.",
    authority="RFC 9112 §8",
    lesson="framing",
    see="2 · What a reader keeps",
)
EACH_CUT_IS_THE_END = Misconception(
    id="X301",
    belief="Whenever read_exactly() raises Truncated, the stream has ended normally.",
    truth="It has, if not one byte of the frame has arrived. Half a length, or a length without its"
    " payload, is half a frame: let the error pass.",
    authority="compare RFC 9112 §8",
    lesson="framing",
    see="4 · Frames",
)
BYTE_IS_CHARACTER = Misconception(
    id="X302",
    belief="Each byte is a character.",
    truth="In UTF-8, a character has one to four bytes. (Latin-1 makes a character of each byte, "
    "and never complains.)",
    authority="RFC 3629 §3",
    lesson="framing",
    see="3 · Lines of text",
)
NOTHING_IS_ENOUGH = Misconception(
    id="X303",
    belief="At the end of the stream, b'' says everything.",
    truth="Your caller asks for five bytes, and goes on as if it had five. read_exactly() returns "
    "b'' only if 0 bytes are asked for.",
    authority="the docstring of read_exactly",
    lesson="framing",
    see="4 · Frames",
)
ALWAYS_CR_LF = Misconception(
    id="X304",
    belief="Every line ends with the same two bytes, CR LF.",
    truth="Many peers send LF alone. Here LF ends a line as well: take off one LF, then one CR if "
    "there is one.",
    authority="RFC 9112 §2.2",
    lesson="framing",
    see="3 · Lines of text",
)
ERROR_IS_OVER = Misconception(
    id="X305",
    belief="Once the error has been raised, the decoder can start again.",
    truth="The bytes that follow are the middle of the frame that is too long. They are not a frame. "
    "Keep the length in the buffer, so that every later call raises again.",
    authority="the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)
PEERS_GO_ON = Misconception(
    id="X479",
    belief="The rest of a message arrives sooner or later. I only have to wait.",
    truth="A peer can stay silent forever. The timeout frees your caller from such a peer: do not "
    "change it, and let TimeoutError pass.",
    authority="RFC 9293 §3.8.4 (keep-alives are off unless asked for)",
    lesson="framing",
    see="2 · What a reader keeps",
)
STRIPS_TOO_MUCH = Misconception(
    id="X480",
    belief="strip(), rstrip() and splitlines() remove the end of a line, and nothing else.",
    truth="They remove more than that: spaces, other separators, or several CRs. The end of a line "
    "is LF, with at most one CR before it. Everything else belongs to the line.",
    authority="RFC 9112 §2.2; Python library reference, str.strip; Python library reference, "
    "str.splitlines",
    lesson="framing",
    see="3 · Lines of text",
)
LF_IS_ALL = Misconception(
    id="X481",
    belief="A line ends with LF, and that is all of its end.",
    truth="Many peers send CR LF. One CR right before the LF belongs to the end, not to the line.",
    authority="RFC 9112 §2.2",
    lesson="framing",
    see="3 · Lines of text",
)
MESSAGES_ARE_PIECES = Misconception(
    id="X570",
    belief="All complete messages that have arrived are one message.",
    truth="Several messages may arrive in one piece. Return the first one only: the first "
    "delimiter ends it.",
    authority="RFC 9293 §2.2",
    lesson="framing",
    see="1 · From bytes to messages",
)
TIMEOUT_LOSES_NOTHING = Misconception(
    id="X571",
    belief="After a timeout, the next call starts again from nothing.",
    truth="The bytes before the timeout have left the kernel, and no recv() brings them again. "
    "Collect them in the buffer that outlives the call, not in a variable of the call.",
    authority="recv(2); the docstring of ByteReader",
    lesson="framing",
    see="2 · What a reader keeps",
)
RECURSION_IS_A_LOOP = Misconception(
    id="X572",
    belief="A function that calls itself for the next message is a loop.",
    truth="Each call needs room on Python's stack, which has a limit of about a thousand calls. "
    "The peer decides how many messages arrive at once.",
    authority="Python library reference, RecursionError",
    lesson="framing",
    see="5 · A reader without a connection",
)
LENGTH_IS_THERE = Misconception(
    id="X573",
    belief="When I look for a frame, at least its length is there.",
    truth="What has arrived may end inside the length. Count the bytes before you unpack them.",
    authority="RFC 9293 §2.2",
    lesson="framing",
    see="5 · A reader without a connection",
)
FEED_IS_A_FRAME = Misconception(
    id="X574",
    belief="One feed() completes at most one message.",
    truth="The network decides how much arrives at once: a piece may complete none, one or several. "
    "Go on until take_frame() returns None.",
    authority="RFC 9293 §2.2; the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)
RECEIVES_FIRST = Misconception(
    id="X575",
    belief="What I am asked for still has to be received.",
    truth="It may be in the buffer already: it can arrive together with the message before it. Look "
    "there first, and call recv() only if something is missing.",
    authority="RFC 9293 §2.2; the docstrings of ByteReader",
    lesson="framing",
    see="1 · From bytes to messages",
)
LENGTH_IS_USED_UP = Misconception(
    id="X576",
    belief="Once I have read the length, its four bytes are no longer needed.",
    truth="The next call starts again at the beginning of the buffer, and has to find the length "
    "there. Take nothing out before the frame is complete.",
    authority="the docstring of take_frame",
    lesson="framing",
    see="5 · A reader without a connection",
)
REPLACE_IS_REPAIR = Misconception(
    id="X577",
    belief="errors='replace' or errors='ignore' repairs text that is not valid UTF-8.",
    truth="Both hide the error: the text is wrong, and nobody notices. Let UnicodeDecodeError pass.",
    authority="RFC 3629 §3; Python library reference, codecs: error handlers",
    lesson="framing",
    see="3 · Lines of text",
)
COMPLETE_IS_SHORT = Misconception(
    id="X578",
    belief="A limit has to be compared only while the message is incomplete.",
    truth="A message that is too long may arrive complete, in one piece. Compare once more when you "
    "have it.",
    authority="the docstring of read_until",
    lesson="framing",
    see="2 · What a reader keeps",
)
LIMIT_OF_THE_BUFFER = Misconception(
    id="X579",
    belief="The limit is for what is in the buffer.",
    truth="It is for one message. The buffer may hold many short ones: look for a complete message "
    "before you compare.",
    authority="the docstring of read_until",
    lesson="framing",
    see="2 · What a reader keeps",
)
FULL_IS_NOT_OVER = Misconception(
    id="X580",
    belief="As long as no more than `limit` bytes have arrived, the message may still fit.",
    truth="It is not complete, so at least one more byte belongs to it. With `limit` bytes in the "
    "buffer, it is already too long: compare with >=.",
    authority="the docstring of read_until",
    lesson="framing",
    see="2 · What a reader keeps",
)
REFUSED_BYTES_ARE_KEPT = Misconception(
    id="X581",
    belief="Once TooLong has been raised, the peer can do no more harm.",
    truth="It can go on sending. If feed() keeps what can never become a message, the buffer grows "
    "without a limit.",
    authority="RFC 9110 §17.5; the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)
SWALLOWS_TOO_LONG = Misconception(
    id="X582",
    belief="It is enough to ignore a frame that is too long.",
    truth="Then your caller waits for payloads that never come. Let TooLong pass: the caller has to "
    "know, so that it can close the connection.",
    authority="the docstring of FrameDecoder.feed",
    lesson="framing",
    see="5 · A reader without a connection",
)


# threads

THREAD_CALLS = Misconception(
    id="M46",
    belief="Thread(target=handle(conn)), or thread.run(), does the work in the background.",
    truth="Both make the call in the thread that you are in. Give Thread the function and its "
    "arguments, and then call start(): it makes a new thread, which makes the call.",
    authority="Python library reference, threading: Thread.start",
    lesson="threads",
    see="1 · A thread for each client",
)
ONE_AFTER_THE_OTHER = Misconception(
    id="M47",
    belief="One client after another is fast enough.",
    truth="It is, until one client says nothing. While you wait for one client, you must not keep "
    "the others waiting.",
    authority="recv(2)",
    lesson="threads",
    see="1 · A thread for each client",
)
THREADS_ARE_FREE = Misconception(
    id="M55",
    belief="A new thread for each job costs nothing.",
    truth="Each thread needs memory, and time to start, and their number is limited. A pool has a "
    "fixed number of threads and uses them again and again.",
    authority="pthread_create(3), EAGAIN",
    lesson="threads",
    see="2 · How many threads?",
)
STATE_IS_MINE = Misconception(
    id="M56",
    belief="What a handler remembers about its client can be kept on a shared object.",
    truth="The next client overwrites it. Keep what belongs to one client in local variables: each "
    "call has its own.",
    authority="Python language reference, Naming and binding",
    lesson="threads",
    see="3 · What threads share",
)
PROGRAM_ENDS = Misconception(
    id="X40",
    belief="A program ends after its last line.",
    truth="Python then waits for every thread that is not a daemon. One client that stays would "
    "keep the program running.",
    authority="Python library reference, threading: Thread.daemon",
    lesson="threads",
    see="1 · A thread for each client",
)
POOL_TAKES_ALL = Misconception(
    id="X41",
    belief="A pool accepts every job at once, and keeps what it cannot do yet.",
    truth="Each job that waits in the pool is a client that has been accepted and is not served. "
    "Let the caller wait instead: then the next clients wait in the kernel's queue.",
    authority="the docstring of Pool.submit",
    lesson="threads",
    see="2 · How many threads?",
)
HANDED_OVER_IS_DONE = Misconception(
    id="X42",
    belief="A job that has been handed to a thread is as good as done.",
    truth="It may not even have begun. Let the threads finish what they have, and join them.",
    authority="Python library reference, threading: Thread.join",
    lesson="threads",
    see="2 · How many threads?",
)
SENDING_IS_QUICK = Misconception(
    id="X43",
    belief="sendall() takes the bytes and returns at once.",
    truth="When the buffers between you and a peer that does not read are full, sendall() waits, "
    "for as long as the peer likes. Nobody else may have to wait for that.",
    authority="send(2)",
    lesson="threads",
    see="4 · Sending to everybody",
)
SLOW_CATCHES_UP = Misconception(
    id="X44",
    belief="A slow client will catch up.",
    truth="It may never read again, and what waits for it grows until the memory is full. Set a "
    "limit, and cut off a client that exceeds it.",
    authority="RFC 9293 §3.8.6.1",
    lesson="threads",
    see="4 · Sending to everybody",
)
TOLD_IS_ENDED = Misconception(
    id="X45",
    belief="A thread that has been told to end, ends.",
    truth="While it waits in recv() or sendall(), it looks at no variable. Shut the connection "
    "down: that ends the call.",
    authority="shutdown(2)",
    lesson="threads",
    see="4 · Sending to everybody",
)
NOBODY_COMES_BETWEEN = Misconception(
    id="X46",
    belief="Nothing happens between two lines of my function.",
    truth="Any other thread may run there, and change what you have just looked at. Check and act "
    "under the same lock, without a pause between them.",
    authority="Python library reference, threading: Lock objects",
    lesson="threads",
    see="3 · What threads share",
)
UNDOES_ALL = Misconception(
    id="X47",
    belief="Cleaning up once too often does no harm.",
    truth="It may undo what somebody else has done: a client whose name was taken removes the "
    "member who has that name. Undo only what worked: begin the `try` after join() has "
    "returned True.",
    authority="Python language reference, the try statement",
    lesson="threads",
    see="5 · When a member leaves",
)
LOCK_AROUND_ALL = Misconception(
    id="X48",
    belief="The more lines a lock covers, the safer.",
    truth="Every thread that wants the lock waits until all those lines are done. Do not wait "
    "under the lock, and do not call a function there that may need the lock itself.",
    authority="Python library reference, threading: Lock objects",
    lesson="threads",
    see="3 · What threads share",
)
LOOP_HAS_A_COPY = Misconception(
    id="X49",
    belief="A loop visits the members that were there when it began.",
    truth="It visits the object itself, which others may be changing: then a dict or a set raises "
    "RuntimeError, and a list leaves somebody out. Copy it under the lock, and loop over the copy.",
    authority="Python library reference, dictionary view objects",
    lesson="threads",
    see="3 · What threads share",
)
WITH_WAITS = Misconception(
    id="X320",
    belief="My `with` closes the connection when the client has been served.",
    truth="It closes the connection at the end of its block, and start() does not wait. The "
    "connection now belongs to the thread, and serve_client() closes it.",
    authority="Python library reference, threading: Thread.start",
    lesson="threads",
    see="1 · A thread for each client",
)
LOOKS_BY_ITSELF = Misconception(
    id="X321",
    belief="A thread that waits on a Condition notices every change.",
    truth="It sleeps until notify() is called after the change. wait_for() tests first, and then "
    "sleeps. wait() always sleeps: it misses a notify() that came earlier.",
    authority="Python library reference, threading: Condition objects",
    lesson="threads",
    see="4 · Sending to everybody",
)
LIMIT_IN_ALL = Misconception(
    id="X322",
    belief="The limit is for everything that was ever put.",
    truth="It is for what is in `waiting` now. What has been sent no longer counts.",
    authority="the docstring of Outbox.put",
    lesson="threads",
    see="4 · Sending to everybody",
)
SUBMIT_DOES_IT = Misconception(
    id="X482",
    belief="What I call in submit() runs in the pool.",
    truth="It runs in the thread that called submit(). Put the job itself into the queue, without "
    "parentheses: one of the pool's threads takes it and calls it.",
    authority="Python library reference, queue: SimpleQueue",
    lesson="threads",
    see="2 · How many threads?",
)
CLOSE_WAKES = Misconception(
    id="X483",
    belief="A thread that waits in recv() notices when another thread closes the socket.",
    truth="It goes on waiting, and the socket's number may soon belong to another client. "
    "shutdown() wakes it. Leave the closing to the owner.",
    authority="close(2), “Multithreaded processes and close()”",
    lesson="threads",
    see="4 · Sending to everybody",
)
ONE_SEND_ONE_LINE = Misconception(
    id="X484",
    belief="Each sendall() arrives as a line of its own.",
    truth="Nothing in the stream says where a send ended. Each line needs its LF.",
    authority="RFC 9293 §2.2",
    lesson="threads",
    see="4 · Sending to everybody",
)
CHARACTERS_ARE_BYTES = Misconception(
    id="X485",
    belief="The length of a line is the number of its bytes.",
    truth="It is the number of its characters. In UTF-8, each of them takes one to four bytes: "
    "encode first, then count.",
    authority="RFC 3629 §3",
    lesson="threads",
    see="4 · Sending to everybody",
)
LEAVES_ONCE = Misconception(
    id="X486",
    belief="leave() is called once, for somebody who is here.",
    truth="The member may have been removed already, perhaps by another thread. If nobody has the "
    "name, leave() does nothing.",
    authority="the docstring of Room.leave",
    lesson="threads",
    see="3 · What threads share",
)
NONE_FOR_EACH = Misconception(
    id="X600",
    belief="A thread of the pool ends when close() joins it.",
    truth="join() only waits. A thread ends when it takes a None, and each None is taken by one "
    "thread: by any of them, not by the one that you join. Put all of them first, one for each "
    "thread. Then join the threads.",
    authority="Python library reference, queue: SimpleQueue.get",
    lesson="threads",
    see="2 · How many threads?",
)
JOIN_IS_PATIENT_ENOUGH = Misconception(
    id="X601",
    belief="A second or two is enough for a thread to end.",
    truth="Its job may take an hour. join() with a number of seconds returns after that time, "
    "whether the thread has ended or not.",
    authority="Python library reference, threading: Thread.join",
    lesson="threads",
    see="2 · How many threads?",
)
JOBS_SUCCEED = Misconception(
    id="X602",
    belief="A line below job() runs after every job.",
    truth="It does not run if the job raises an error. What has to happen after every job belongs "
    "in a `finally`.",
    authority="Python language reference, the try statement",
    lesson="threads",
    see="2 · How many threads?",
)
WAITING_IS_BOUNDED = Misconception(
    id="X603",
    belief="After a second of waiting, submit() may do something else.",
    truth="While all threads are busy, submit() has nothing else to do. More threads would break "
    "the limit, and a job in the queue would be a client that nobody serves.",
    authority="the docstring of Pool.submit",
    lesson="threads",
    see="2 · How many threads?",
)
ONE_FUNCTION_ONE_MEMBER = Misconception(
    id="X605",
    belief="Two members never have the same deliver function.",
    truth="The name is what tells members apart. Two of them may share a function, which is then "
    "called twice.",
    authority="the docstrings of Room.join and Room.broadcast",
    lesson="threads",
    see="3 · What threads share",
)
NAMES_ARE_TIDY = Misconception(
    id="X606",
    belief="Spaces around a name do not count.",
    truth="The first line is the name, with all its spaces. If you change it, two different "
    "names may become one.",
    authority="the docstring of talk",
    lesson="threads",
    see="5 · When a member leaves",
)
TEST_IS_A_VALUE = Misconception(
    id="X607",
    belief="wait_for() takes what it waits for.",
    truth="It takes a function, such as lambda: self.waiting or self.closing, and calls it again "
    "after each notify(). A value was computed once, before the wait.",
    authority="Python library reference, threading: Condition.wait_for",
    lesson="threads",
    see="4 · Sending to everybody",
)
QUIET_IS_OVER = Misconception(
    id="X608",
    belief="If nothing has happened for a while, nothing more will come.",
    truth="Hours may pass before the next line, or the next job. A thread waits for as long as it "
    "takes: until there is something to do, or until it is told to end.",
    authority="the docstrings of Pool.work and Outbox.send_all",
    lesson="threads",
    see="4 · Sending to everybody",
)
CLOSING_DROPS = Misconception(
    id="X609",
    belief="When an outbox closes, its thread stops.",
    truth="First it sends what still waits. It stops when the outbox is closing and nothing waits.",
    authority="the docstring of Outbox.send_all",
    lesson="threads",
    see="4 · Sending to everybody",
)
GONE_IS_NOTICED = Misconception(
    id="X610",
    belief="If sending fails, everybody notices.",
    truth="Only the sending thread gets the error. The thread that reads from this client goes on "
    "waiting, unless you shut the connection down.",
    authority="send(2), shutdown(2)",
    lesson="threads",
    see="4 · Sending to everybody",
)
CAUGHT_IS_OVER = Misconception(
    id="X611",
    belief="An error that I have caught concerns nobody else.",
    truth="The caller of talk() has to know how the conversation ended. A `finally` without an "
    "`except` cleans up, and lets the error go on to the caller.",
    authority="Python language reference, the try statement",
    lesson="threads",
    see="5 · When a member leaves",
)
FREE_BY_ITSELF = Misconception(
    id="X612",
    belief="A semaphore notices when a thread has finished its job.",
    truth="It is a counter. acquire() subtracts one, and only release() adds one: call it in work(), "
    "whenever a job has ended.",
    authority="Python library reference, threading: Semaphore objects",
    lesson="threads",
    see="2 · How many threads?",
)

NONE_IS_A_JOB = Misconception(
    id="X613",
    belief="Whatever comes out of the queue is a job.",
    truth="None is not a job. It says that no more jobs come: the thread that takes it returns.",
    authority="the docstring of Pool.work",
    lesson="threads",
    see="2 · How many threads?",
)

LOOP_ENDS_BY_ITSELF = Misconception(
    id="X614",
    belief="When a member has gone, the loop over its lines ends by itself.",
    truth="After the last line, read_line() returns None, again and again. Your loop has to end at "
    "None.",
    authority="the docstring of ByteReader.read_line",
    lesson="threads",
    see="5 · When a member leaves",
)

CUT_OFF_IS_ENDED = Misconception(
    id="X615",
    belief="When cut_off() has returned, the thread has ended.",
    truth="cut_off() ends the thread's sendall(). After that, the thread still needs a moment to "
    "return. join() says when it has ended.",
    authority="Python library reference, threading: Thread.join",
    lesson="threads",
    see="4 · Sending to everybody",
)

A_NAME_IS_A_COPY = Misconception(
    id="X616",
    belief="taken = self.waiting makes a copy.",
    truth="It is a second name for the same bytearray, so clear() empties both. bytes(self.waiting) "
    "makes a copy.",
    authority="Python language reference, assignment statements",
    lesson="threads",
    see="4 · Sending to everybody",
)

GOODBYE_FIRST = Misconception(
    id="X617",
    belief="First say goodbye, then leave.",
    truth="Somebody who hears `* ada left` may take the name at once. Call leave() first, and then "
    "say so.",
    authority="the docstring of talk",
    lesson="threads",
    see="5 · When a member leaves",
)

JOIN_LETS_GO = Misconception(
    id="X618",
    belief="While a thread waits in join(), it holds nothing.",
    truth="It keeps every lock that it has. Only wait() and wait_for() give up the lock of their "
    "Condition. The outbox's thread needs this lock to end, so call join() after the `with`.",
    authority="Python library reference, threading: Condition objects",
    lesson="threads",
    see="4 · Sending to everybody",
)

RELEASE_ONCE_MORE = Misconception(
    id="X619",
    belief="One release() too many does no harm.",
    truth="A semaphore counts on, beyond the number that it began with. Then submit() lets in more "
    "jobs than there are threads. Call release() once for each acquire().",
    authority="Python library reference, threading: Semaphore objects",
    lesson="threads",
    see="2 · How many threads?",
)

PUT_IS_SENT = Misconception(
    id="X620",
    belief="A line that has been put has been sent.",
    truth="It may still wait in the outbox. close() has to wait until the thread has sent it. Only "
    "join() says that a thread has ended.",
    authority="Python library reference, threading: Thread.join",
    lesson="threads",
    see="4 · Sending to everybody",
)

ERROR_ENDS_THE_JOB = Misconception(
    id="X621",
    belief="An error in a job ends only that job.",
    truth="The error goes on to the line that called the job. If no `try` inside the loop catches "
    "it, the loop ends as well, and this thread takes no more jobs.",
    authority="Python language reference, exceptions",
    lesson="threads",
    see="2 · How many threads?",
)

LOOP_GOES_ON = Misconception(
    id="X622",
    belief="After an `except`, the loop goes on.",
    truth="After an `except` outside the loop, the loop is over. Put the `try` inside the loop, "
    "around the call.",
    authority="Python language reference, the try statement",
    lesson="threads",
    see="2 · How many threads?",
)

FREE_TOO_EARLY = Misconception(
    id="X623",
    belief="A thread is free again when it has been given its job.",
    truth="It is busy until the job has ended. Call release() in work(), after the job. A `with "
    "self.free:` in submit() releases as soon as the job is in the queue.",
    authority="Python library reference, threading: Semaphore objects",
    lesson="threads",
    see="2 · How many threads?",
)

CLOSING_WAKES = Misconception(
    id="X624",
    belief="A thread in wait_for() notices that the outbox is closing.",
    truth="After each notify(), wait_for() calls your test again. As long as the test is false, the "
    "thread sleeps on. So the test has to look at `closing` as well as at `waiting`.",
    authority="Python library reference, threading: Condition.wait_for",
    lesson="threads",
    see="4 · Sending to everybody",
)

NO_LOCK_NEEDED = Misconception(
    id="X625",
    belief="notify() and wait_for() can be called anywhere.",
    truth="They need the lock of their Condition, and raise RuntimeError without it. Call them "
    "inside `with self.changed:`.",
    authority="Python library reference, threading: Condition objects",
    lesson="threads",
    see="4 · Sending to everybody",
)

# event_loop

ASK_EACH = Misconception(
    id="M49",
    belief="A loop that asks each client in turn serves them all.",
    truth="It does, as long as no call in it waits. A single recv() that waits for one client stops "
    "the loop for all of them. Let select() do the waiting.",
    authority="recv(2), select(2)",
    lesson="event_loop",
    see="1 · What ready means",
)
STILL_READY = Misconception(
    id="X50",
    belief="What select() said is true until I ask again.",
    truth="It was true when select() returned. Since then, a callback may have forgotten or closed a "
    "socket that comes later in the list. A new socket may have its number.",
    authority="epoll(7), If using an event cache",
    lesson="event_loop",
    see="2 · Thousands at once",
)
NEVER_THE_SAME_TIME = Misconception(
    id="X52",
    belief="Two timers are never due at exactly the same time.",
    truth="A clock has ticks. Two timers that are asked for in the same tick are due at the same time. "
    "The heap then compares the next items of the tuples: put a number there that counts up.",
    authority="Python library reference, heapq: Priority Queue Implementation Notes",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
UNTIL_NONE_IS_DUE = Misconception(
    id="X53",
    belief="First come all the timers, until none is due; then the sockets.",
    truth="A call may ask for another one after 0 seconds, and that one for the next. Look at the "
    "clock once a round, make the calls that were due then, and go on to the sockets.",
    authority="libuv, Design overview: The I/O loop",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
LOOKS_ROUND = Misconception(
    id="X54",
    belief="A loop has to look round every few milliseconds.",
    truth="It can sleep. The kernel wakes it when a socket is ready, or when the timeout of select() "
    "has passed. With nothing to wait for but sockets, give no timeout.",
    authority="select(2), epoll_wait(2)",
    lesson="event_loop",
    see="1 · What ready means",
)
REGISTERED_TWICE = Misconception(
    id="X55",
    belief="A socket is registered once for each thing that I wait for.",
    truth="A selector knows each socket once. modify() puts new events and a new callback in the place "
    "of the old ones, and returns a new key.",
    authority="Python library reference, selectors: BaseSelector.modify",
    lesson="event_loop",
    see="2 · Thousands at once",
)
CANCELLED_IS_GONE = Misconception(
    id="X56",
    belief="A timer that is cancelled has left the heap.",
    truth="cancel() only sets a mark, and the heap stays as it is. Look at the mark right before the "
    "call.",
    authority="Python library reference, heapq: Priority Queue Implementation Notes",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
FIRST_ASKED = Misconception(
    id="X57",
    belief="The timer that was asked for first is called first.",
    truth="The timer that is due first is called first. A heap keeps it at the front, where it also "
    "tells you how long the loop may sleep.",
    authority="Python library reference, heapq",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
STOPPED_WHILE_RUNNING = Misconception(
    id="X330",
    belief="stop() is called while run() runs, and between two rounds.",
    truth="Another thread may call it before run() has begun, or in the middle of a round. Only "
    "__init__() and stop() set the flag. Look at it once a round, and never set it back.",
    authority="the docstring of EventLoop.run",
    lesson="event_loop",
    see="1 · What ready means",
)
ALL_ARE_ERRORS = Misconception(
    id="X331",
    belief="Whatever a callback raises, the loop has to go on.",
    truth="Ctrl-C and sys.exit() also raise something, and they must end the whole program. What they "
    "raise is not an Exception, so `except Exception` lets it through.",
    authority="Python library reference, Exception hierarchy",
    lesson="event_loop",
    see="1 · What ready means",
)
NO_ROOM = Misconception(
    id="X488",
    belief="BlockingIOError says that the connection is broken, and b'' that there is nothing yet.",
    truth="BlockingIOError says: not now. There is no room to send, or nothing to receive, at this "
    "moment. Only b'' is the end.",
    authority="send(2), recv(2): EAGAIN",
    lesson="event_loop",
    see="1 · What ready means",
)
ASKED_AFTER_THE_END = Misconception(
    id="X489",
    belief="After the end of the stream there is nothing to read, so nothing is ready.",
    truth="The end stays ready: select() names the socket in every round, and each recv() returns b''. "
    "Do not watch for READ any longer.",
    authority="select(2): a file descriptor is also ready on end-of-file",
    lesson="event_loop",
    see="1 · What ready means",
)
REGISTERED_IS_READY = Misconception(
    id="X640",
    belief="The events that I registered for are the events that come.",
    truth="A socket may be ready for one of them only. select() says for which, in the second half of "
    "each pair.",
    authority="Python library reference, selectors: BaseSelector.select",
    lesson="event_loop",
    see="1 · What ready means",
)
EVENTS_ARE_DECORATION = Misconception(
    id="X641",
    belief="A loop watches its sockets for everything.",
    truth="It watches each socket for what its owner has asked for. Nearly always there is room to "
    "send, so a callback that did not ask for WRITE would be called again and again.",
    authority="poll(2), POLLOUT",
    lesson="event_loop",
    see="1 · What ready means",
)
ONE_ROUND = Misconception(
    id="X642",
    belief="A loop handles one event, and then it is done.",
    truth="Several sockets may be ready in one round, and several timers due: each of them has its "
    "turn. Then the next round begins. A socket stays registered until somebody forgets it.",
    authority="Python library reference, selectors: BaseSelector.select",
    lesson="event_loop",
    see="1 · What ready means",
)
FORGET_CLOSES = Misconception(
    id="X643",
    belief="After forget(), nobody needs the socket any more.",
    truth="Its owner may still use it, and may watch it again. It is the owner who closes it.",
    authority="the docstring of EventLoop.forget",
    lesson="event_loop",
    see="Write task 2 · `forget`",
)
NEVER_WATCHED = Misconception(
    id="X644",
    belief="forget() is called for a socket that is watched, and only once.",
    truth="Two pieces of code may find out that a connection has ended, and each of them forgets its "
    "socket. The second time there is nothing to do, and that is not an error.",
    authority="the docstring of EventLoop.forget",
    lesson="event_loop",
    see="Write task 2 · `forget`",
)
TIMER_GOES_OFF_BY_ITSELF = Misconception(
    id="X645",
    belief="A timer goes off by itself.",
    truth="Nobody but your loop looks at the heap. select() must not sleep past the earliest timer, "
    "and what is not due yet has to stay in the heap.",
    authority="select(2): timeout",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
SOCKETS_FIRST = Misconception(
    id="X646",
    belief="Timers have their turn when the sockets have nothing to do.",
    truth="On a busy server there may be no such moment. In every round, the sockets that are ready "
    "have their turn, and then the timers that are due.",
    authority="libuv, Design overview: The I/O loop",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
TIME_IS_A_CLOCK = Misconception(
    id="X647",
    belief="Seconds are measured with the computer's clock, time.time().",
    truth="People set that clock, and then it jumps. time.monotonic() never goes back: use it to "
    "measure how much time has passed.",
    authority="Python library reference, time: monotonic; clock_gettime(2)",
    lesson="event_loop",
    see="3 · Waiting for a time",
)
NOTICED_BY_ITSELF = Misconception(
    id="X648",
    belief="The loop notices what another thread gives it.",
    truth="The loop sleeps in select(). It notices sockets and the timeout, and nothing else. Wake it "
    "with a byte on its own pair of sockets.",
    authority="select(2)",
    lesson="event_loop",
    see="4 · Work that takes time",
)
WAKE_UP_THEN_PUT = Misconception(
    id="X649",
    belief="It does not matter whether I first wake the loop or first put the call there.",
    truth="The loop may wake up, look, find nothing and sleep again, all before your next line. What "
    "it has to find must be there before you wake it.",
    authority="CPython, asyncio/base_events.py: call_soon_threadsafe",
    lesson="event_loop",
    see="4 · Work that takes time",
)
ANY_THREAD_WILL_DO = Misconception(
    id="X650",
    belief="It does not matter which thread makes a call.",
    truth="Only the loop's thread touches what the loop owns: then there is no need for locks. Another "
    "thread only asks for the call.",
    authority="Python library reference, asyncio: loop.call_soon_threadsafe",
    lesson="event_loop",
    see="4 · Work that takes time",
)

STOP_DROPS_CALLS = Misconception(
    id="X670",
    belief="stop() ends the loop at once.",
    truth="stop() lets the round finish. The other sockets that were ready, and the other timers that "
    "were due, still have their turn.",
    authority="the docstring of EventLoop.stop",
    lesson="event_loop",
    see="1 · What ready means",
)
KEY_IS_CHANGED = Misconception(
    id="X671",
    belief="modify() changes the key that register() gave me.",
    truth="A key is a tuple, and never changes. If modify() changes something, it returns a new key, "
    "and select() names that one from then on. Keep it in the place of the old one.",
    authority="Python library reference, selectors: BaseSelector.modify",
    lesson="event_loop",
    see="2 · Thousands at once",
)
SOCKET_IS_ENOUGH = Misconception(
    id="X672",
    belief="If the socket is still watched, the event is still true.",
    truth="It may be the same socket with a new registration: another callback, other events. An event "
    "belongs to the key that select() has named. Compare keys, not sockets.",
    authority="epoll(7), If using an event cache",
    lesson="event_loop",
    see="2 · Thousands at once",
)
ONE_TRY_FOR_ALL = Misconception(
    id="X673",
    belief="One try around all the calls protects each of them.",
    truth="It protects the loop, but not the calls. An error leaves the whole `try` block, and the "
    "calls that were still to come are lost. Put a `try` around each call.",
    authority="Python tutorial, Handling Exceptions",
    lesson="event_loop",
    see="1 · What ready means",
)
STOPS_WATCHING = Misconception(
    id="X674",
    belief="A socket whose callback has failed must not be watched any more.",
    truth="The loop does not know what the error means for the connection. The socket's owner decides: "
    "the loop logs the error, and calls again when the socket is ready again.",
    authority="the docstring of EventLoop.run",
    lesson="event_loop",
    see="1 · What ready means",
)
ONE_CALL_PER_EVENT = Misconception(
    id="X675",
    belief="Each event needs a call of its own.",
    truth="`ready` is a set of bits: READ | WRITE says both in one call. Between two calls for the "
    "same socket, the first could have forgotten it.",
    authority="Python library reference, selectors: BaseSelector.select",
    lesson="event_loop",
    see="1 · What ready means",
)

# back_pressure

SEND_THEN_READ = Misconception(
    id="M08",
    belief="A good server reads whatever arrives.",
    truth="A peer that sends and does not read makes you keep its answers, without end. Do not read "
    "while many bytes are kept: then the peer's own kernel makes it wait.",
    authority="RFC 9293 §3.8.6",
    lesson="back_pressure",
    see="2 · A peer that does not read",
)
WRITTEN_IS_SENT = Misconception(
    id="M32",
    belief="What I have written has been sent, so I can close.",
    truth="It has been kept: by you, and then by your kernel. Close when all of it has left, and when "
    "the peer has had time to finish.",
    authority="send(2), close(2), RFC 9293 §3.6",
    lesson="back_pressure",
    see="4 · Closing with the last words",
)
ALWAYS_WRITE = Misconception(
    id="M50",
    belief="If I watch each socket for READ and WRITE, I miss nothing.",
    truth="A socket is ready for WRITE whenever its kernel has room, so nearly always. select() then "
    "never waits, and the loop burns a core. Watch for WRITE only while something is kept.",
    authority="select(2), poll(2)",
    lesson="back_pressure",
    see="2 · A peer that does not read",
)
ONE_WAY_OUT = Misconception(
    id="X59",
    belief="A connection ends in one way.",
    truth="The peer finishes or resets, or you close or abort, in the middle of any of your lines. All "
    "these ways have to meet in one place, which tells the session once, and later.",
    authority="RFC 9293 §3.6, §3.10.5",
    lesson="back_pressure",
    see="3 · Closing at once",
)
KEPT_FIRST = Misconception(
    id="X332",
    belief="What does not fit is kept; the next data is a matter for the next send().",
    truth="What is kept goes first. New data that is sent while older bytes wait overtakes them, and "
    "nobody can put that in order again.",
    authority="RFC 9293 §2.2",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
SILENT_AFTER_MY_CLOSE = Misconception(
    id="X333",
    belief="After my close() nothing arrives any more.",
    truth="The peer does not know of it yet, and goes on sending. Receive these bytes, so that they do "
    "not lie unread, and drop them.",
    authority="RFC 9293 §3.6",
    lesson="back_pressure",
    see="4 · Closing with the last words",
)
LEFT_TO_THE_LOOP = Misconception(
    id="X337",
    belief="write() may leave all the sending to the loop.",
    truth="Then each answer waits for one more round, and `waiting` says nothing about the peer. Send "
    "at once, and keep only what the kernel does not take.",
    authority="the docstring of Connection.write",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
BUG_IN_A_SESSION = Misconception(
    id="X338",
    belief="An error that leaves on_ready() is the socket's.",
    truth="It may be a bug in the session, of any type, even an OSError. Call the session by way of "
    "tell(), which logs its errors and ends this connection only.",
    authority="the docstring of Connection.tell",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
SENDALL_KEEPS_COUNT = Misconception(
    id="X487",
    belief="send(data) sends all of data, or at least sendall() does.",
    truth="On a non-blocking socket, send() takes what fits now and returns how much that was. "
    "sendall() loses count when it raises. Keep the rest, and send it when there is room.",
    authority="send(2), EAGAIN",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
PEER_WILL_FINISH = Misconception(
    id="X490",
    belief="A peer that reads the end of my stream goes away.",
    truth="It may stay forever, and hold a socket of yours. Give it some time, then disconnect it.",
    authority="compare tcp(7), tcp_fin_timeout",
    lesson="back_pressure",
    see="4 · Closing with the last words",
)
UPDATE_IS_FORGOTTEN = Misconception(
    id="X660",
    belief="The loop notices what changes in my connection.",
    truth="The loop watches for what it was last told. After each change, call update(), which asks "
    "events() again.",
    authority="the docstring of Connection.update",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
ONE_OR_THE_OTHER = Misconception(
    id="X661",
    belief="A socket is ready either for READ or for WRITE.",
    truth="It can be ready for both at once. A peer that never stops sending is then never written to, "
    "or one that always has room is never read.",
    authority="Python library reference, selectors: BaseSelector.select",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
CLOSING_IS_NOT_CLOSED = Misconception(
    id="X662",
    belief="As long as the socket is open, I can write.",
    truth="Somebody has called close(), and what was written before is still on its way. What is "
    "written after close() comes too late.",
    authority="the docstring of Connection.close",
    lesson="back_pressure",
    see="4 · Closing with the last words",
)
CLOSED_IS_FORGOTTEN = Misconception(
    id="X663",
    belief="A socket that is closed has left the loop.",
    truth="The loop still has it in its tables. The kernel gives its number to the next socket, and "
    "that one cannot be watched. Let the loop forget a socket before you close it.",
    authority="epoll(7), open(2)",
    lesson="back_pressure",
    see="3 · Closing at once",
)
TOLD_AT_ONCE = Misconception(
    id="X664",
    belief="The session may learn at once that its connection has ended.",
    truth="Whoever called abort() may be in the middle of something that the session changes. Let the "
    "event loop tell the session, a little later.",
    authority="the docstring of Connection.abort",
    lesson="back_pressure",
    see="3 · Closing at once",
)
BROKEN_IN_WRITE = Misconception(
    id="X685",
    belief="When send() fails, write() has to end the connection.",
    truth="Whoever calls write() may be in the middle of something, and the peer's last bytes may "
    "still be unread. write() keeps the data. A broken connection is ready for READ, so on_ready() "
    "ends it.",
    authority="the docstring of Connection.write",
    lesson="back_pressure",
    see="1 · Sending without waiting",
)
ABORT_DROPS = Misconception(
    id="X686",
    belief="What is kept has to be sent, however the connection ends.",
    truth="Only close() still sends it. abort() is for a peer that has gone, or that misbehaves: it "
    "drops what is kept, and closes at once.",
    authority="the docstring of Connection.abort",
    lesson="back_pressure",
    see="3 · Closing at once",
)

# request

SPLITLINES_KNOWS = Misconception(
    id="M57",
    belief="splitlines() knows where a line ends.",
    truth="It also ends a line at \\x85, which is an octet of a value here, at \\x0b, and at a CR or "
    "LF alone. A line of a head ends with CR LF and with nothing else.",
    authority="RFC 9112 §2.1, §2.2; Python library reference, str.splitlines",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
CASE_OF_NAMES = Misconception(
    id="M58",
    belief="A field is found under the name that I write.",
    truth="Field names are case-insensitive: Host, host and HOST are one field, and clients write "
    "all three. Compare in lower case: both the name that is stored and the name that is asked for.",
    authority="RFC 9110 §5.1",
    lesson="request",
    see="3 · A name, a colon, a value",
)
ONE_COLON = Misconception(
    id="M59",
    belief="split(':') gives a name and a value.",
    truth="Values contain colons, as every Host with a port does, and no space has to follow the "
    "first one. The name ends at the first colon; the rest is the value.",
    authority="RFC 9112 §5",
    lesson="request",
    see="3 · A name, a colon, a value",
)
ALWAYS_THREE = Misconception(
    id="M60",
    belief="split() gives three parts.",
    truth="It gives as many parts as the client sent, and takes two spaces or a tab for one separator. "
    "Split at single spaces. If that does not give three parts, it is not a request line.",
    authority="RFC 9112 §3",
    lesson="request",
    see="2 · The request line",
)
STRIP_KNOWS_BLANKS = Misconception(
    id="M61",
    belief="strip() removes what does not count.",
    truth="Around a value, only spaces and tabs do not count; strip() also removes \\x85 and \\xa0. "
    "Before the colon, nothing may be removed: such a line has to be refused.",
    authority="RFC 9112 §5.1, RFC 9110 §5.6.3",
    lesson="request",
    see="3 · A name, a colon, a value",
)
ONE_OF_EACH = Misconception(
    id="M62",
    belief="A dict has room for all fields.",
    truth="A field may come in several lines, and all of them count, in their order. If the field is a "
    "list, its values may be joined. Set-Cookie is not a list: its values contain commas.",
    authority="RFC 9110 §5.2, §5.3",
    lesson="request",
    see="3 · A name, a colon, a value",
)
HOST_IS_OPTIONAL = Misconception(
    id="M63",
    belief="Host is a field like others.",
    truth="It says which of a server's sites is meant. HTTP/1.1 wants it exactly once: a request "
    "without Host, or with two, has to be answered with 400. HTTP/1.0 may leave it out.",
    authority="RFC 9112 §3.2",
    lesson="request",
    see="4 · One head, one meaning",
)
HEADS_ARE_UTF8 = Misconception(
    id="M64",
    belief="A head is text, in UTF-8.",
    truth="It is octets. Decode them with latin-1: each octet becomes one character. That never "
    "fails, and it can be undone.",
    authority="RFC 9112 §2.2, RFC 9110 §5.5",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
METHODS_ARE_KNOWN = Misconception(
    id="M65",
    belief="A method is GET or POST or one of a few others, and get is GET.",
    truth="It is any token, and it is case-sensitive: get is not GET. Return it as it came. Whether "
    "this server has such a method is a question for the chapter routing.",
    authority="RFC 9110 §9.1",
    lesson="request",
    see="2 · The request line",
)
INT_KNOWS_DIGITS = Misconception(
    id="M66",
    belief="int() and isdigit() know what a digit is.",
    truth="Both know the digits of all scripts. int() also accepts a sign, underscores and white "
    "space, and int('0x1f', 16) is 31. '²'.isdigit() is true, but int('²') raises. Accept the ASCII "
    "digits that the rule allows, and nothing else.",
    authority="RFC 9112 §2.3; RFC 5234, Appendix B.1",
    lesson="request",
    see="2 · The request line",
)
ALWAYS_A_PATH = Misconception(
    id="M67",
    belief="A target is a path, or else whatever the client likes.",
    truth="It has one of four forms: path and query; a whole URL; host:port, for CONNECT alone; *, "
    "for OPTIONS alone.",
    authority="RFC 9112 §3.2",
    lesson="request",
    see="2 · The request line",
)
SPLIT_IS_TWO = Misconception(
    id="M71",
    belief="split(b'\\r\\n\\r\\n') gives head and content.",
    truth="Content may contain an empty line as well. The head ends at the first one. All that follows "
    "stays in the buffer as it is.",
    authority="RFC 9112 §2.1",
    lesson="request",
    see="5 · However it is cut",
)
SKIP_WHAT_IS_BAD = Misconception(
    id="X60",
    belief="A line that I cannot read can be left out.",
    truth="Another program may have read that line before you, and acted on it. Understand all of a "
    "head, or refuse it.",
    authority="RFC 9112 §2.2",
    lesson="request",
    see="4 · One head, one meaning",
)
ALONE_IS_HARMLESS = Misconception(
    id="X61",
    belief="A CR or LF alone does no harm: it ends a line, or it is part of a value.",
    truth="Some readers end a line there and others do not, so the same bytes are two different "
    "requests. A LF alone may be refused. A CR alone must not be kept.",
    authority="RFC 9112 §2.2",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
CONTROLS_ARE_DATA = Misconception(
    id="X62",
    belief="A control character in a value is the application's business.",
    truth="It can end a string in C, a line in a log, or a command in a terminal. No field needs a "
    "control character other than tab. Refuse it where it comes in.",
    authority="RFC 9110 §5.5",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
BAD_IS_ENOUGH = Misconception(
    id="X63",
    belief="“Bad Request” says enough.",
    truth="Somebody has to find one octet among hundreds, and many of them cannot be seen. Your error "
    "knows the line and the place: pass them on.",
    authority="RFC 9110 §15.5",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
ALL_IS_400 = Misconception(
    id="X64",
    belief="Every refusal is a 400.",
    truth="400 says: this is not HTTP. A request that is HTTP, but too long or not supported here, "
    "has a status of its own: 414, 431, 501, 505. It tells the client what to try next.",
    authority="RFC 9112 §3, RFC 6585 §5, RFC 9110 §15.6.6",
    lesson="request",
    see="2 · The request line",
)
TARGET_HOLDS_ALL = Misconception(
    id="X65",
    belief="A target may contain everything but a space.",
    truth='It is visible ASCII, without " # < and >. Browsers encode all other characters (URL '
    "Standard, query percent-encode set). They never send what follows a #.",
    authority="RFC 9112 §3.2, RFC 3986 §2",
    lesson="request",
    see="2 · The request line",
)
FOLDED = Misconception(
    id="X66",
    belief="A line that begins with a space belongs to the line before.",
    truth="It once did. Some readers still join the two lines, and others see a field. A server "
    "refuses the head.",
    authority="RFC 9112 §5.2",
    lesson="request",
    see="3 · A name, a colon, a value",
)
ANY_WORD = Misconception(
    id="X67",
    belief="Whatever comes before the colon is a name.",
    truth="A field name is a token: at least one character, and only letters, digits and fifteen "
    "marks of ASCII. Other programs may end a name elsewhere if it contains anything else.",
    authority="RFC 9110 §5.6.2",
    lesson="request",
    see="3 · A name, a colon, a value",
)
BEGINS_LIKE_A_HOST = Misconception(
    id="X68",
    belief="A text that begins like a host is a host.",
    truth="All of it has to be one: `good.example/evil` is not a host. check_host() looks at the whole "
    "text.",
    authority="RFC 9112 §3.2; Python library reference, re: fullmatch",
    lesson="request",
    see="4 · One head, one meaning",
)
CUT_DECIDES = Misconception(
    id="X381",
    belief="A parser judges the octets that it has, in any order.",
    truth="Where the pieces end is chance. If a few octets are refused, the same octets have to be "
    "refused in the same way when thousands more come with them. Judge in one order, at every cut.",
    authority="RFC 9293 §2.2",
    lesson="request",
    see="6 · Refused at once",
)
SEARCHED_AGAIN = Misconception(
    id="X382",
    belief="Searching once more from the beginning costs nothing.",
    truth="For a head of 65,536 octets that come one by one, that is two billion steps. Remember how "
    "far you have searched, less three octets: the end may have begun there.",
    authority="CWE-407, Inefficient Algorithmic Complexity",
    lesson="request",
    see="5 · However it is cut",
)
COLON_WAS_THERE = Misconception(
    id="X383",
    belief="A line has a name and a value, so it has a colon.",
    truth="Nobody has checked that. Without a colon, partition(':') gives the whole line and two empty "
    "strings. The second part says whether there was a colon: test it.",
    authority="RFC 9112 §5; Python library reference, str.partition",
    lesson="request",
    see="3 · A name, a colon, a value",
)
PRINTABLE = Misconception(
    id="X384",
    belief="isprintable() knows which octets are allowed here.",
    truth="It says what people can see. A tab, \\x85, \\xa0 and \\xad cannot be seen, and yet they "
    "may be in a value. FIELD_VALUE, in grammar.py, holds the octets that are allowed.",
    authority="RFC 9110 §5.5; Python library reference, str.isprintable",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
END_IN_ONE_PIECE = Misconception(
    id="X386",
    belief="The end of a head comes in one piece.",
    truth="CR LF CR LF may be cut as well: up to three of its octets may have come before. Keep what "
    "has come, and begin each search three octets before the new piece.",
    authority="RFC 9293 §2.2",
    lesson="request",
    see="5 · However it is cut",
)
PLACE_IN_PART = Misconception(
    id="X389",
    belief="The place is the one in the part that I was looking at.",
    truth="`at` counts in `line`, from 0. In a part of the line, add the length of what comes before "
    "that part. In the whole head, subtract the lines before it.",
    authority="HttpError, its docstring",
    lesson="request",
    see="1 · Lines that end with CR LF",
)
HOST_IS_WHAT_HOST_SAYS = Misconception(
    id="X390",
    belief="The Host field says which host is meant.",
    truth="The target `http://host/path` names a host as well, and the target wins. An application "
    "that reads Host has to see the same host as the proxy that read the target.",
    authority="RFC 9112 §3.2.2",
    lesson="request",
    see="4 · One head, one meaning",
)
TARGET_WILL_DO = Misconception(
    id="X440",
    belief="If the target names its host, nobody has to look at Host.",
    truth="HTTP/1.1 wants one valid Host in every request, whatever its target; otherwise the answer "
    "is 400. After that check, the target's host replaces it.",
    authority="RFC 9112 §3.2, §3.2.2",
    lesson="request",
    see="4 · One head, one meaning",
)
FROM_BEFORE = Misconception(
    id="X441",
    belief="What I have noted about a head disappears with the head.",
    truth="It stays until you reset it. After a request, the search for the next head begins at 0.",
    authority="RFC 9112 §9.3",
    lesson="request",
    see="5 · However it is cut",
)
ONE_BLANK = Misconception(
    id="X442",
    belief="One space may come before a value.",
    truth="Any number of spaces and tabs may come before a value and after it. They are not part of "
    "the value. Those inside the value are, all of them.",
    authority="RFC 9112 §5, RFC 9110 §5.5, §5.6.3",
    lesson="request",
    see="3 · A name, a colon, a value",
)
EMPTY_IS_NONE = Misconception(
    id="X492",
    belief="An empty value is as good as none.",
    truth="An empty value says that the field is there. None says that the field is missing. `if not` "
    "and `or` take both for the same.",
    authority="RFC 9110 §5.5, §7.2",
    lesson="request",
    see="3 · A name, a colon, a value",
)
LEFTOVERS_ARE_DROPPED = Misconception(
    id="X493",
    belief="When I have my message, I am done with the piece that it came in.",
    truth="What follows the head is content, or the next request. No recv() will bring it again. Leave "
    "every octet of it in the buffer.",
    authority="RFC 9112 §2.1, §9.3.2",
    lesson="request",
    see="5 · However it is cut",
)
ASSIGNED_IS_CUT = Misconception(
    id="X700",
    belief="`buffer = buffer[n:]` takes n bytes from the buffer.",
    truth="It makes a second bytearray, and your local name now means that one. The caller's "
    "bytearray is unchanged. `del buffer[:n]` changes the object that both of you hold.",
    authority="Python language reference, assignment statements; Python language reference, "
    "the del statement",
    lesson="request",
    see="5 · However it is cut",
)
STILL_INCOMPLETE = Misconception(
    id="X701",
    belief="An incomplete head may still become a request, so I wait.",
    truth="Many beginnings can never become one. After `hello` and CR, or a line with HTTP/9.9, no "
    "octet that follows can help. The client waits for an answer while you wait for the rest.",
    authority="RFC 9112 §2.2, §3",
    lesson="request",
    see="6 · Refused at once",
)
REFUSED_IS_REMOVED = Misconception(
    id="X702",
    belief="A refused head is of no use, so it can be removed.",
    truth="The code that answers reads it once more: the answer to a HEAD request, for example, has no "
    "content. The connection ends after that, and its buffer with it.",
    authority="the docstring of RequestParser.take_head; RFC 9110 §9.3.2",
    lesson="request",
    see="5 · However it is cut",
)
ANY_METHOD = Misconception(
    id="X703",
    belief="Whatever comes before the first space is a method.",
    truth="A method is a token: at least one character, and only letters, digits and fifteen marks of "
    "ASCII. read_method() refuses everything else, and says where.",
    authority="RFC 9112 §3.1, RFC 9110 §5.6.2",
    lesson="request",
    see="2 · The request line",
)
TOKENS_ARE_WORDS = Misconception(
    id="X704",
    belief="A token is a word: letters, perhaps digits and a hyphen.",
    truth="It may also contain fifteen marks: ! # $ % & ' * + - . ^ _ ` | ~. is_token() knows them "
    "all.",
    authority="RFC 9110 §5.6.2",
    lesson="request",
    see="2 · The request line",
)

# body

ALL_AT_ONCE = Misconception(
    id="M68",
    belief="The body arrives in one piece, with the head.",
    truth="It arrives as the network brings it. Count what is still missing from piece to piece.",
    authority="RFC 9293 §2.2, RFC 9112 §6.2",
    lesson="body",
    see="1 · The head says how much follows",
)
UNTIL_NOTHING_COMES = Misconception(
    id="M69",
    belief="The body ends when nothing more comes.",
    truth="The client keeps the connection open, and waits for you. The body ends after as many "
    "octets as its head said. After none, that is at once.",
    authority="RFC 9112 §6.3, rule 6; §9.3",
    lesson="body",
    see="1 · The head says how much follows",
)
LENGTH_OF_TEXT = Misconception(
    id="M70",
    belief="Content-Length is the length of the text.",
    truth="It counts octets, after encoding. In UTF-8 an é has two. The client would lose the "
    "end, and take it for the beginning of the next response.",
    authority="RFC 9110 §8.6",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
SIZE_LINE = Misconception(
    id="M72",
    belief="A chunk is a decimal number, and then a line.",
    truth="The size is hexadecimal, and counts only the data. CR LF follows the size line, and CR "
    "LF follows the data. The data may look like anything, even like a line.",
    authority="RFC 9112 §7.1",
    lesson="body",
    see="3 · Content in chunks",
)
LENGTH_WINS = Misconception(
    id="M73",
    belief="If there are a Content-Length and a Transfer-Encoding, one of them wins.",
    truth="Another program on the way may choose the other one, and an attacker can use that. Refuse a "
    "request with both, whatever they say, and close the connection.",
    authority="RFC 9112 §6.1, §6.3, §11.2",
    lesson="body",
    see="5 · Two readers, one stream",
)
GET_HAS_NO_BODY = Misconception(
    id="M74",
    belief="The method says whether there is a body: POST has one, GET has none.",
    truth="The fields say it, in the same way for every method. Content that is left unread is "
    "read as the next request.",
    authority="RFC 9112 §6, RFC 9110 §9.3.1",
    lesson="body",
    see="1 · The head says how much follows",
)
NOBODY_WAITS = Misconception(
    id="M75",
    belief="Expect: 100-continue can be ignored.",
    truth="The client holds its content back until you answer 100 Continue, or until it has waited "
    "long enough. The value is case-insensitive.",
    authority="RFC 9110 §10.1.1",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
CLOSE_AT_ONCE = Misconception(
    id="M76",
    belief="The answer is sent, so the connection can be closed.",
    truth="The client is still sending. Its bytes meet a closed socket, your kernel answers with "
    "a reset, and the client never reads why. Half-close, drain for a while, then close.",
    authority="RFC 9112 §9.6, RFC 9293 §3.6.1",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
CLOSES_SILENTLY = Misconception(
    id="M79",
    belief="If I am going to close, the client will see it.",
    truth="In HTTP/1.1 it may send its next request before that. Say it: Connection: close.",
    authority="RFC 9112 §9.6",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
NO_LENGTH_IS_ZERO = Misconception(
    id="X70",
    belief="No Content-Length is a length of 0.",
    truth="If the field is missing, Transfer-Encoding may still announce content. So content_length() "
    "returns None, and body_framing() decides.",
    authority="RFC 9112 §6.3",
    lesson="body",
    see="2 · A length is digits",
)
ANY_LENGTH = Misconception(
    id="X71",
    belief="A number is a number, however many digits it has.",
    truth="int() raises a ValueError for more than 4,300 digits, and in other languages a long "
    "number overflows. Count the digits before you call int().",
    authority="RFC 9110 §8.6; Python library reference, integer string conversion length "
    "limitation",
    lesson="body",
    see="2 · A length is digits",
)
CODING_IS_A_STRING = Misconception(
    id="X72",
    belief="The field's value is the word chunked, letter by letter.",
    truth="It is a list of codings, and their names are case-insensitive. Empty members do not "
    "count.",
    authority="RFC 9112 §6.1, §7; RFC 9110 §5.6.1.2",
    lesson="body",
    see="5 · Two readers, one stream",
)
VERSION_IS_A_NUMBER = Misconception(
    id="X73",
    belief="The version does not matter: a field means what it says.",
    truth="HTTP/1.0 does not have Transfer-Encoding. A program on the way that speaks HTTP/1.0 "
    "may have ignored the field, and have found another end.",
    authority="RFC 9112 §6.1",
    lesson="body",
    see="5 · Two readers, one stream",
)
CHUNKED_SOMEWHERE = Misconception(
    id="X74",
    belief="If chunked occurs in the field, the body is chunked.",
    truth="Only the last coding says where the body ends. It has to be chunked, exactly once. "
    "With anything else you could not find the end: refuse it.",
    authority="RFC 9112 §6.3, rule 4; §6.1",
    lesson="body",
    see="5 · Two readers, one stream",
)
OTHER_CODINGS = Misconception(
    id="X75",
    belief="If I do not know a coding, I can leave it alone.",
    truth="The data in the chunks is still compressed: an application would get gzip instead of text. "
    "Answer 501: this coding is not implemented.",
    authority="RFC 9112 §6.1",
    lesson="body",
    see="5 · Two readers, one stream",
)
ONE_EXPECTATION = Misconception(
    id="X76",
    belief="There is only one expectation, so I need not look at what it is.",
    truth="A client may expect something that you do not know. 417 tells it. If you say nothing, it "
    "believes that you will do it.",
    authority="RFC 9110 §10.1.1, §15.5.18",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
SKIPS_EXTENSIONS = Misconception(
    id="X77",
    belief="Extensions are ignored, so anything may come there.",
    truth="Their meaning is ignored, not their form. Another program may read a malformed extension as "
    "the end of the line, and then find other chunks.",
    authority="RFC 9112 §7.1.1",
    lesson="body",
    see="3 · Content in chunks",
)
ZERO_IS_THE_END = Misconception(
    id="X78",
    belief="A chunk of size 0 is the end.",
    truth="It is the last chunk. Trailer fields may follow, and an empty line always does. Only "
    "after it is the content done.",
    authority="RFC 9112 §7.1, §7.1.2",
    lesson="body",
    see="4 · After the last chunk",
)
ONLY_CONTENT_IS_LONG = Misconception(
    id="X79",
    belief="The limit on the content bounds what a client can send.",
    truth="Extensions and trailer fields are not content, and can go on forever, even within one "
    "line. They need a limit of their own.",
    authority="RFC 9112 §7.1.1",
    lesson="body",
    see="3 · Content in chunks",
)
NONE_IS_ZERO = Misconception(
    id="X350",
    belief="None is as good as 0.",
    truth="None says that a field is missing. 0 says that no octet follows. A decoder needs a number: "
    "it cannot count to None.",
    authority="RFC 9112 §6.3, rule 7",
    lesson="body",
    see="5 · Two readers, one stream",
)
ALWAYS_THERE = Misconception(
    id="X351",
    belief="A field that I look for is there.",
    truth="Most requests have no Content-Length, and headers.get() returns None then. Test that "
    "before you look at its characters.",
    authority="RFC 9112 §6.3",
    lesson="body",
    see="2 · A length is digits",
)
EXPECT_IS_A_WORD = Misconception(
    id="X352",
    belief="Expect holds one word.",
    truth="It is a list, and may come in several lines. You get all members, joined by commas: "
    "split the value there. The same expectation twice is the same expectation.",
    authority="RFC 9110 §10.1.1, §5.6.1",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
OLD_CLIENTS_WAIT = Misconception(
    id="X353",
    belief="A client that sends Expect waits.",
    truth="HTTP/1.0 does not have 100 Continue: such a client would take it for your answer. "
    "There the field is ignored, whatever it says.",
    authority="RFC 9110 §10.1.1",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)
TAKES_ALL = Misconception(
    id="X355",
    belief="Everything that follows the head is content.",
    truth="Only as many octets as the head said. After them comes the next request, perhaps in "
    "the same piece.",
    authority="RFC 9112 §9.3.2",
    lesson="body",
    see="1 · The head says how much follows",
)
TRAILERS_ARE_PAIRS = Misconception(
    id="X358",
    belief="Trailers are pairs, so a list has room for them.",
    truth="They are fields, and field names are case-insensitive. A Headers finds them by name.",
    authority="RFC 9110 §6.5, §5.1",
    lesson="body",
    see="4 · After the last chunk",
)
SIZES_ARE_OVERHEAD = Misconception(
    id="X359",
    belief="Everything that is not content is overhead.",
    truth="Every chunk needs the digits of its size, and chunks may be small. Each chunk but the last "
    "has data, so the limit on the content also bounds the number of chunks. Count only what follows "
    "the digits.",
    authority="RFC 9112 §7.1, §7.1.1",
    lesson="body",
    see="3 · Content in chunks",
)
WAITS_FOR_CRLF = Misconception(
    id="X361",
    belief="A line that has no CR LF yet has not ended yet.",
    truth="A LF without a CR before it is an error, whatever follows. You would wait for a client that "
    "has finished.",
    authority="RFC 9112 §7.1, §2.2",
    lesson="body",
    see="3 · Content in chunks",
)
MATCH_IS_ENOUGH = Misconception(
    id="X418",
    belief="match(), or a $ at the end, looks at all of the text.",
    truth="match() does not read what follows the match, and $ also matches before a last LF. "
    "fullmatch() looks at all of it.",
    authority="Python library reference, re",
    lesson="body",
    see="2 · A length is digits",
)
OWN_LIMIT = Misconception(
    id="X419",
    belief="There is one limit: MAX_CONTENT.",
    truth="That is the limit if the caller gives none. The caller may allow more or less: compare "
    "with `limit`.",
    authority="the docstrings of body_framing and of Chunks.begin_chunk",
    lesson="body",
    see="5 · Two readers, one stream",
)
FALSE_IS_NOT_THERE = Misconception(
    id="X420",
    belief="A length that is false is not there.",
    truth="0 is a length, and the field is there. Ask `in request.headers`, not whether the value "
    "is true.",
    authority="RFC 9112 §6.1, §6.3",
    lesson="body",
    see="5 · Two readers, one stream",
)
LIMIT_FIRST = Misconception(
    id="X421",
    belief="A length over the limit is too long, whatever else the head says.",
    truth="Beside a Transfer-Encoding nobody knows what the length counts. That both fields are "
    "there comes first: 400, before you look at any length.",
    authority="RFC 9112 §6.1, §6.3",
    lesson="body",
    see="5 · Two readers, one stream",
)
EMPTY_MEMBERS = Misconception(
    id="X422",
    belief="Between two commas, or after the last one, there is a member.",
    truth="A list may have empty members, and they do not count: `chunked,` lists one coding, an "
    "empty Expect no expectation. Leave out what is empty.",
    authority="RFC 9110 §5.6.1.2",
    lesson="body",
    see="5 · Two readers, one stream",
)
LAST_IS_ONE_ZERO = Misconception(
    id="X423",
    belief="The last chunk's size is written 0.",
    truth="It is one or more zeros: 000 is a size of 0 as well. Compare the number, not the text.",
    authority="RFC 9112 §7.1",
    lesson="body",
    see="3 · Content in chunks",
)
ONE_OF_THEM = Misconception(
    id="X494",
    belief="If a length comes twice, one of the two will do.",
    truth="Which one? One program takes the first, another the last, and they cut the stream in "
    "two different places. Refuse it.",
    authority="RFC 9112 §6.3, RFC 9110 §8.6",
    lesson="body",
    see="2 · A length is digits",
)
TRUSTS_THE_SIZE = Misconception(
    id="X495",
    belief="A chunk's size tells me how much I have to take.",
    truth="It tells you what the peer wrote there. Add up the sizes, and compare with the limit "
    "before you take anything.",
    authority="RFC 9110 §15.5.14, RFC 9112 §7.1",
    lesson="body",
    see="3 · Content in chunks",
)
ANY_TRAILER = Misconception(
    id="X496",
    belief="Whatever comes where a field belongs is a field.",
    truth="Trailer fields follow the rules of a head's lines: a token, a colon, a value without "
    "control characters. parse_field_line() and take_line() check that.",
    authority="RFC 9112 §7.1.2, §5",
    lesson="body",
    see="4 · After the last chunk",
)
LF_WILL_DO = Misconception(
    id="X497",
    belief="A lone LF ends a line as well.",
    truth="For you, perhaps. For the program before you it is a character in the line. Then two "
    "programs see two bodies. Lines and data end with CR LF here, and with nothing else.",
    authority="RFC 9112 §7.1, §2.2, §11.2",
    lesson="body",
    see="3 · Content in chunks",
)
EMPTY_IS_NO_LINE = Misconception(
    id="X732",
    belief="take_line() returns something false only while a line has no end.",
    truth="It returns '' for an empty line, and '' is false as well. Only None says that more has to "
    "come. Ask `is None`.",
    authority="RFC 9112 §7.1; Python library reference, Truth Value Testing",
    lesson="body",
    see="3 · Content in chunks",
)
EACH_MAY_HAVE_ALL = Misconception(
    id="X734",
    belief="Each line, or each kind of line, may have all of MAX_OVERHEAD.",
    truth="All extensions and trailer fields of a body share one count. What earlier lines have "
    "used is no longer allowed.",
    authority="RFC 9112 §7.1.1",
    lesson="body",
    see="3 · Content in chunks",
)
INT_TAKES_SIZES = Misconception(
    id="X735",
    belief="int(…, 16) accepts a chunk's size, and nothing else.",
    truth="It also accepts 0x5, +5, 5_0, and blanks on both sides. A size is 1 to 16 hexadecimal "
    "digits: test the line with CHUNK_LINE first.",
    authority="RFC 9112 §7.1; Python library reference, int",
    lesson="body",
    see="3 · Content in chunks",
)
ONE_OF_THEM_IS_ENOUGH = Misconception(
    id="X736",
    belief="If 100-continue is one of the expectations, I can answer 100 Continue.",
    truth="The client expects the others as well, and you cannot meet them. Refuse if any member "
    "is unknown.",
    authority="RFC 9110 §10.1.1",
    lesson="body",
    see="6 · Before the content, and in the middle of it",
)

EMPTY_IS_THERE = Misconception(
    id="X960",
    belief="An empty Content-Length or Transfer-Encoding is as good as none.",
    truth="The field is there, and another program may act on it. Its value has no digit, or lists no "
    "coding, so refuse it. `not ''` is true, as `not None` is: ask `is None`.",
    authority="RFC 9110 §8.6, RFC 9112 §6.1",
    lesson="body",
    see="2 · A length is digits",
)

# response

NO_LENGTH_NEEDED = Misconception(
    id="M78",
    belief="The client sees where the content ends.",
    truth="It sees octets, and more may come. Without Content-Length or chunks, a response "
    "ends with the connection. If that stays open, the client waits.",
    authority="RFC 9112 §6.3",
    lesson="response",
    see="4 · Where a response ends",
)
HEAD_IS_GET = Misconception(
    id="M80",
    belief="HEAD is GET: with content, or with Content-Length 0.",
    truth="The response to HEAD should have the fields of the response to GET, Content-Length "
    "included. It has no content. The client would read content as the next response.",
    authority="RFC 9110 §9.3.2, §8.6",
    lesson="response",
    see="4 · Where a response ends",
)
EVERY_STATUS_HAS_CONTENT = Misconception(
    id="M81",
    belief="Any response can have content.",
    truth="204 and 304 end with their head, whatever its fields say: what follows is the next "
    "response. They get no Content-Length from you. A 205 says that its content has length 0.",
    authority="RFC 9110 §6.4.1, §8.6, §15.3.6; RFC 9112 §6.3",
    lesson="response",
    see="4 · Where a response ends",
)
VALUES_ARE_HARMLESS = Misconception(
    id="M84",
    belief="A field's value is what I put there.",
    truth="It is often what a client put there: a name, a page to return to. If a value can end its "
    "line, that client writes the rest of your response. Refuse what a value must not contain.",
    authority="RFC 9110 §5.5, RFC 9112 §11.1",
    lesson="response",
    see="1 · A head, line by line",
)
FIELDS_IN_A_DICT = Misconception(
    id="M85",
    belief="A dict holds the fields of a response.",
    truth="It keeps one line of each name. Set-Cookie may occur several times, and its lines cannot "
    "be joined.",
    authority="RFC 9110 §5.3",
    lesson="response",
    see="1 · A head, line by line",
)
RESPONSE_IS_TEXT = Misconception(
    id="M86",
    belief="A response is text.",
    truth="Its head is. Its content is octets: an image is not text. Text becomes octets when "
    "somebody encodes it, and the client has to be told how.",
    authority="RFC 9110 §6.4, §8.3.2",
    lesson="response",
    see="2 · The length comes first",
)
TWO_WRITES = Misconception(
    id="M115",
    belief="Sending head and content one after the other is as good as sending them together.",
    truth="Your kernel may hold the second write back until the first is acknowledged, and "
    "the client's kernel may take its time to do that. Join them, and send once.",
    authority="RFC 9293 §3.7.4, §3.8.6.3",
    lesson="response",
    see="5 · Before the first octet leaves",
)
EMPTY_IS_HARMLESS = Misconception(
    id="X81",
    belief="An empty piece does no harm.",
    truth="A chunk of length 0 is the last chunk. The client takes what follows for the next "
    "response. Leave empty pieces out.",
    authority="RFC 9112 §7.1",
    lesson="response",
    see="3 · Content in pieces",
)
COLLECT_FIRST = Misconception(
    id="X82",
    belief="First I need all of the content, then I can send it.",
    truth="The first piece may be worth reading an hour before the last one exists, and there may "
    "be more than memory can hold. Send each piece as soon as you have it.",
    authority="PEP 3333, Buffering and Streaming",
    lesson="response",
    see="2 · The length comes first",
)
CHUNKS_FOR_ALL = Misconception(
    id="X83",
    belief="Every client reads chunks.",
    truth="HTTP/1.0 does not know them: it would take the sizes for content. It gets the "
    "octets as they are, up to the end of the connection.",
    authority="RFC 9112 §6.1, §6.3",
    lesson="response",
    see="4 · Where a response ends",
)
DATE_IS_DECORATION = Misconception(
    id="X84",
    belief="Date is decoration.",
    truth="Caches calculate with it. A server that has a clock must send it, in one format: "
    "in GMT, whatever your time zone is.",
    authority="RFC 9110 §6.6.1, §5.6.7",
    lesson="response",
    see="5 · Before the first octet leaves",
)
APPLICATION_FRAMES = Misconception(
    id="X85",
    belief="What an application returns can be sent as it is.",
    truth="Two lengths, or a length and chunks, are two different responses to two readers, "
    "and 1xx is not a final response. Only the server says where a response ends.",
    authority="RFC 9112 §6.2, §6.3; RFC 9110 §15.2",
    lesson="response",
    see="5 · Before the first octet leaves",
)
CALL_RUNS_TO_YIELD = Misconception(
    id="X86",
    belief="A function with yield runs when it is called.",
    truth="It runs when somebody takes its first value. By then, it is too late to refuse. "
    "Check in a function that does not yield.",
    authority="Python language reference, yield expressions",
    lesson="response",
    see="5 · Before the first octet leaves",
)
LF_ENDS_A_LINE = Misconception(
    id="X501",
    belief="A line ends with LF.",
    truth="It ends with CR LF, in what you send and in what you read. An empty line ends the "
    "head. A strict client refuses everything else.",
    authority="RFC 9112 §2.1, §2.2, §4",
    lesson="response",
    see="1 · A head, line by line",
)
REASON_IS_NEEDED = Misconception(
    id="X760",
    belief="A status line ends after the status, if there is no reason.",
    truth="The space after the status is always there, even before an empty reason. A client "
    "cuts the line at that space.",
    authority="RFC 9112 §4",
    lesson="response",
    see="1 · A head, line by line",
)
ANNOUNCED_IS_TRUE = Misconception(
    id="X761",
    belief="If an application says how long its content is, then it is that long.",
    truth="A file grows, a count is wrong. With too few octets, the client waits, or reads the next "
    "response as content. With too many, it reads the rest as the next response. Count what "
    "you send, and raise an error.",
    authority="RFC 9112 §6.3, §8",
    lesson="response",
    see="2 · The length comes first",
)
WHAT_FITS = Misconception(
    id="X762",
    belief="If there is too much content, I send what fits.",
    truth="Then the client has exactly the announced length, and takes a part for the whole. "
    "Only an error tells it, and you, that something is wrong.",
    authority="RFC 9110 §8.6",
    lesson="response",
    see="2 · The length comes first",
)
HEAD_GOES_FIRST = Misconception(
    id="X763",
    belief="I can send the head while the application still works on the content.",
    truth="Once the head has left, there can be no other response. If the application fails "
    "then, the client gets a broken 200 instead of a 500. So take the first piece before you "
    "send anything.",
    authority="RFC 9110 §15.6.1",
    lesson="response",
    see="5 · Before the first octet leaves",
)
CLOSES_BY_ITSELF = Misconception(
    id="X764",
    belief="A stream that nobody needs any longer closes itself.",
    truth="It cannot know that nobody needs it. A file or a database's connection stays open until "
    "the memory is collected, if ever. Call close() in every case: at the end, after an "
    "error, and if nothing was taken.",
    authority="PEP 342; PEP 3333, Specification Details",
    lesson="response",
    see="5 · Before the first octet leaves",
)
PIECES_MEAN_CHUNKS = Misconception(
    id="X765",
    belief="Content in pieces is sent in chunks.",
    truth="If its length is known, Content-Length is better: the client can show progress, "
    "and HTTP/1.0 can read it without the end of the connection.",
    authority="RFC 9110 §8.6, RFC 9112 §6.2",
    lesson="response",
    see="4 · Where a response ends",
)
ZERO_IS_UNKNOWN = Misconception(
    id="X766",
    belief="`if response.length:` asks whether the length is known.",
    truth="0 counts as false, and is a length. Only None means that the length is not known.",
    authority="Python library reference, Truth Value Testing",
    lesson="response",
    see="4 · Where a response ends",
)
CONTROLS_ARE_HARMLESS = Misconception(
    id="X840",
    belief="A control character that ends no line does no harm.",
    truth="It is not allowed in a value either, except for tab, and programs read it in different "
    "ways: for one of them, NUL ends the text. Refuse all of them.",
    authority="RFC 9110 §5.5",
    lesson="response",
    see="1 · A head, line by line",
)
REPAIR_A_VALUE = Misconception(
    id="X841",
    belief="I can repair a value: I remove or replace what is not allowed.",
    truth="Then the client gets something that nobody wrote. Nobody knows what was meant, and the "
    "application does not notice that it is under attack. Refuse the value.",
    authority="RFC 9110 §5.5",
    lesson="response",
    see="1 · A head, line by line",
)
VALUE_IN_UTF8 = Misconception(
    id="X842",
    belief="A field's value is sent in UTF-8.",
    truth="Here, each character is one octet: latin-1, as your parser decodes heads. What latin-1 "
    "does not have is an error. Only content has a charset.",
    authority="RFC 9110 §5.5, §8.3.2",
    lesson="response",
    see="1 · A head, line by line",
)
EVERY_STATUS_HAS_A_REASON = Misconception(
    id="X843",
    belief="Every status has a reason in a table.",
    truth="An application may send a status that is in no table, such as 299. Its reason is empty.",
    authority="RFC 9110 §15, RFC 9112 §4",
    lesson="response",
    see="1 · A head, line by line",
)
LAST_CHUNK_IS_A_LINE = Misconception(
    id="X844",
    belief="The last chunk is 0, CR and LF.",
    truth="After it, more fields may come, and an empty line ends them, as in a head. Without that "
    "empty line, the client waits.",
    authority="RFC 9112 §7.1, §7.1.2",
    lesson="response",
    see="3 · Content in pieces",
)
HEAD_NEEDS_NO_FIELD = Misconception(
    id="X845",
    belief="No content, so no field says where it ends.",
    truth="A client that sends HEAD asks for the fields of the response to GET. It should get the "
    "same ones, and no content.",
    authority="RFC 9110 §9.3.2",
    lesson="response",
    see="4 · Where a response ends",
)
LIST_IS_AN_ITERATOR = Misconception(
    id="X846",
    belief="A list is an iterator.",
    truth="`for` makes an iterator of a list, and you do not see it. next() does not: it raises a "
    "TypeError. iter() gives you an iterator over a list, a tuple or any other pieces.",
    authority="Python glossary, iterator",
    lesson="response",
    see="4 · Where a response ends",
)
NUMBERS_ARE_TEXT = Misconception(
    id="X847",
    belief="A number is turned into text where text is needed.",
    truth="print() and f-strings do that. A field is a pair of texts, and field_line() calls "
    "encode(), which a number does not have. str() makes text of a number.",
    authority="Python library reference, str",
    lesson="response",
    see="4 · Where a response ends",
)
EXCEPTION_IS_ALL = Misconception(
    id="X848",
    belief="`except Exception` catches everything.",
    truth="Ctrl-C raises KeyboardInterrupt, and that is not an Exception, but a BaseException. Your "
    "clean-up has to run then as well.",
    authority="Python library reference, Exception hierarchy",
    lesson="response",
    see="5 · Before the first octet leaves",
)
RAISING_IS_ENOUGH = Misconception(
    id="X849",
    belief="If I raise an error, my caller cleans up.",
    truth="The caller has nothing that it could close: serialize() was to return it. You were given "
    "the content, so you close it, whatever the error is.",
    authority="PEP 3333, Specification Details",
    lesson="response",
    see="5 · Before the first octet leaves",
)
LIST_IS_MINE = Misconception(
    id="X850",
    belief="A list that I am given is mine to change.",
    truth="The caller has the same list, not a copy, and may send its fields with each response. "
    "Make a new list.",
    authority="Python tutorial, Defining Functions",
    lesson="response",
    see="1 · A head, line by line",
)
ERROR_ENDS_CONTENT = Misconception(
    id="X851",
    belief="When the application fails, its content has ended.",
    truth="An end says that this is all. After an error, it is not: let the error pass, and yield "
    "nothing more. The client must not take a part for the whole.",
    authority="RFC 9112 §8",
    lesson="response",
    see="3 · Content in pieces",
)
ONLY_CR_LF_ENDS = Misconception(
    id="X852",
    belief="Only CR LF ends a line.",
    truth="That is what you send. But some clients end a line at a lone LF as well, and some at a "
    "lone CR. In a value, each of them lets somebody else write the rest of the head.",
    authority="RFC 9112 §2.2, §11.1",
    lesson="response",
    see="1 · A head, line by line",
)
HEAD_ENDS_WITH_A_FIELD = Misconception(
    id="X1110",
    belief="A head ends with its last field.",
    truth="It ends with an empty line, even if it has no field. Without that line, the client reads "
    "the content as one more field.",
    authority="RFC 9112 §2.1",
    lesson="response",
    see="1 · A head, line by line",
)
BYTES_GIVE_BYTES = Misconception(
    id="X1111",
    belief="iter() of bytes gives bytes.",
    truth="It gives one number for each octet: list(b'hi') is [104, 105]. To send bytes as one piece, "
    "put them into a list or a tuple first.",
    authority="Python library reference, bytes objects",
    lesson="response",
    see="4 · Where a response ends",
)
VERSION_IS_TEXT = Misconception(
    id="X1112",
    belief="A request's version is text, such as 'HTTP/1.1'.",
    truth="Your parser has made a tuple of it, (1, 1) or (1, 0). A tuple is never equal to a text.",
    authority="RFC 9110 §2.5",
    lesson="response",
    see="4 · Where a response ends",
)
KEEP_ALIVE_ALWAYS = Misconception(
    id="X1113",
    belief="A connection stays open only if Connection says keep-alive.",
    truth="That is so in HTTP/1.0. In HTTP/1.1, a connection stays open unless somebody says close. No "
    "field is needed for that.",
    authority="RFC 9112 §9.3",
    lesson="response",
    see="5 · Before the first octet leaves",
)
LATE_IS_EARLY_ENOUGH = Misconception(
    id="X1114",
    belief="I can send a piece, and then look whether it was too much.",
    truth="What has been sent cannot be taken back, and the client reads it as the next response. "
    "Count before you yield.",
    authority="RFC 9112 §6.3",
    lesson="response",
    see="2 · The length comes first",
)
IN_ASKS_FOR_A_RUN = Misconception(
    id="X1115",
    belief="`octets in FIELD_VALUE` looks at each octet.",
    truth="Between bytes, `in` looks for all of the octets side by side, in this order: b'ab' is in "
    "b'abc', but b'ac' is not. Ask about each octet, or strip off those that are allowed.",
    authority="Python library reference, Common Sequence Operations, note 1",
    lesson="response",
    see="1 · A head, line by line",
)
A_205_ENDS_WITH_ITS_HEAD = Misconception(
    id="X1116",
    belief="A 205 has no content, so it ends with its head, as a 204 does.",
    truth="Clients read a 205 like any other response. Without a field, they wait for content until "
    "the connection ends. Content-Length: 0 says that there is none.",
    authority="RFC 9110 §15.3.6; RFC 9112 §6.3",
    lesson="response",
    see="4 · Where a response ends",
)
RETURNED_IS_SENT = Misconception(
    id="X1117",
    belief="When serialize() returns, the content is no longer needed.",
    truth="By then, only its first piece has been taken. Outgoing takes the others later, and then "
    "closes the content. `finally` runs after a `return` as well, so it closes too early. Close the "
    "content only after an error.",
    authority="Python tutorial, Defining Clean-up Actions",
    lesson="response",
    see="5 · Before the first octet leaves",
)

# routing

KEEP_ALIVE_IS_ASKED_FOR = Misconception(
    id="M82",
    belief="A connection closes after a response, unless the client asks for keep-alive.",
    truth="That was so in HTTP/1.0. In HTTP/1.1 it stays open, unless one side says close.",
    authority="RFC 9112 §9.3",
    lesson="connection",
    see="1 · After the response",
)
ONE_AT_A_TIME = Misconception(
    id="M83",
    belief="What arrives in one piece is one request.",
    truth="A client may send the next request before the answer. It arrives with the first one, "
    "or half of it does, and only once. Leave it in the buffer, and answer in order.",
    authority="RFC 9112 §9.3.2",
    lesson="connection",
    see="2 · Two requests in one piece",
)
ONE_OPTION = Misconception(
    id="X80",
    belief="Connection holds one word: close, or keep-alive.",
    truth="It is a list of tokens, and they are case-insensitive. Take the list apart, and "
    "compare whole tokens.",
    authority="RFC 9110 §7.6.1, §5.6.1",
    lesson="connection",
    see="1 · After the response",
)
GOES_ON = Misconception(
    id="X87",
    belief="What has arrived will be answered.",
    truth="After a request that was refused, nobody knows where the next one begins. After a "
    "close there is none. Look at nothing that follows.",
    authority="RFC 9112 §2.2, §6.3, §9.6",
    lesson="connection",
    see="3 · A request that is refused",
)
PART_FOR_WHOLE = Misconception(
    id="X89",
    belief="If something goes wrong in the middle of a response, I close, and the client knows.",
    truth="In HTTP/1.0 the end of the connection is how a response ends: the client would take "
    "the part for the whole. A reset is an error for every client. And after the head, "
    "nothing that you send is a new response.",
    authority="RFC 9110 §6.1, RFC 9112 §8",
    lesson="connection",
    see="6 · A thread for each client",
)
FED_AGAIN = Misconception(
    id="X341",
    belief="To get the next request, I feed the same data again.",
    truth="What you have fed is in the buffer. Fed again, it is a second request, and gets a "
    "second response. feed(b'') goes on with what is there.",
    authority="RFC 9112 §9.3.2",
    lesson="connection",
    see="2 · Two requests in one piece",
)
TIMEOUT_OF_SENDALL = Misconception(
    id="X343",
    belief="sendall() raises TimeoutError when the client has taken nothing for that long.",
    truth="Its timeout is for the whole call. A client that reads steadily, but slowly, is cut "
    "off in the middle. In a loop over send(), each wait has its own.",
    authority="Python library reference, socket: sendall",
    lesson="connection",
    see="6 · A thread for each client",
)
HALF_IS_AN_ERROR = Misconception(
    id="X344",
    belief="A client that finishes in the middle of a request is an error of my server.",
    truth="It has changed its mind. There is no request to answer and nothing to report. Close "
    "the connection as after any other.",
    authority="RFC 9112 §8",
    lesson="connection",
    see="6 · A thread for each client",
)
ALL_THEN_SEND = Misconception(
    id="X430",
    belief="I collect all replies, then I send them.",
    truth="Then the handler does the second request before the first response is out. If that "
    "response breaks off, the second request was done and nobody hears of it. Answer, send, "
    "and only then go on.",
    authority="RFC 9112 §9.3.2, Python language reference, yield expressions",
    lesson="connection",
    see="5 · One response, then the next",
)
STATE_FIRST = Misconception(
    id="X431",
    belief="respond() may change the state first.",
    truth="serialize() may raise. Only if the state is still RESPONSE can another response, such "
    "as a 500, take the place of the one that cannot be sent.",
    authority="RFC 9110 §15.6.1",
    lesson="connection",
    see="4 · The response, and then?",
)
WAITS_AFTER_THE_LAST = Misconception(
    id="X432",
    belief="After the last response I wait for more.",
    truth="The state is CLOSED: there is nothing to wait for. The client waits for you to close, "
    "and your thread waits for the client.",
    authority="RFC 9112 §9.6",
    lesson="connection",
    see="6 · A thread for each client",
)
NO_ANSWER = Misconception(
    id="X503",
    belief="A request that is refused needs no answer.",
    truth="A client learns nothing from a connection that closes, and may send the same again. "
    "Send what refuse() returns, then close.",
    authority="RFC 9112 §2.2, §9.6; RFC 9110 §15.5",
    lesson="connection",
    see="3 · A request that is refused",
)
STREAMS_END_THEMSELVES = Misconception(
    id="X790",
    belief="When the client goes, the content that I was sending ends by itself.",
    truth="It may hold a file, or a place in a database, until its close() is called. send_each() "
    "calls it on every way out.",
    authority="Python library reference, contextlib: closing; PEP 3333, Specification Details",
    lesson="connection",
    see="6 · A thread for each client",
)
UPGRADE_IS_A_STATUS = Misconception(
    id="X791",
    belief="101 is a status like any other, and HTTP goes on after it.",
    truth="After a 101 the connection speaks another protocol. What follows the request belongs to "
    "that protocol: keep it, and parse nothing.",
    authority="RFC 9110 §7.8, §15.2.2",
    lesson="connection",
    see="Extra · On the event loop",
)
WRONG_METHOD_IS_404 = Misconception(
    id="M87",
    belief="No function for this method and path: 404.",
    truth="404 says that nothing is here. If the path allows other methods, the answer is 405, "
    "and Allow lists them.",
    authority="RFC 9110 §15.5.5, §15.5.6, §10.2.1",
    lesson="routing",
    see="6 · No route",
)

UNKNOWN_IS_405 = Misconception(
    id="M88",
    belief="Whatever is wrong with the method, the answer is 405.",
    truth="405 is for a method that the server knows and this path does not allow. A method that "
    "nobody here knows is 501.",
    authority="RFC 9110 §9.1, §15.5.6, §15.6.2",
    lesson="routing",
    see="6 · No route",
)

FIRST_IS_BEST = Misconception(
    id="M89",
    belief="The router finds the route that fits, in whatever order it looks.",
    truth="Several routes may fit. If the first one wins, the order decides, and sorting the file "
    "changes your site. Let the most specific one win.",
    authority="the docstring of search",
    lesson="routing",
    see="2 · Which row answers?",
)

DECODES_FIRST = Misconception(
    id="M90",
    belief="First I decode the URL, then I split it.",
    truth="An encoded slash or question mark is data, and decoding turns it into a delimiter. "
    "Split first, then decode each segment.",
    authority="RFC 3986 §2.2, §2.4",
    lesson="routing",
    see="1 · What is in a target",
)

PLUS_IS_A_SPACE = Misconception(
    id="M91",
    belief="A + in a URL is a space.",
    truth="It is a space in forms, and so in many queries. In a path, a plus is a plus.",
    authority="RFC 3986 §3.3; URL Standard, application/x-www-form-urlencoded",
    lesson="routing",
    see="1 · What is in a target",
)

DECODES_AGAIN = Misconception(
    id="M93",
    belief="Decoding once more does no harm.",
    truth="%25 is a percent sign. The digits after it were never an escape. A second decoding "
    "lets through what was checked after the first.",
    authority="RFC 3986 §2.4",
    lesson="routing",
    see="1 · What is in a target",
)


PATTERN_IS_A_REGEX = Misconception(
    id="M95",
    belief="A pattern is a regular expression with a group in it.",
    truth="A group takes slashes, a dot takes any character, match() accepts any end, and $ "
    "accepts a line feed. A parameter is one whole segment, and a text means itself.",
    authority="Python library reference, re; RFC 3986 §3.3",
    lesson="routing",
    see="2 · Which row answers?",
)

ROUTES_THE_QUERY = Misconception(
    id="M96",
    belief="The target is the path.",
    truth="Path and query are two components. The path ends at the first question mark, and the "
    "query comes after it, as it was sent.",
    authority="RFC 3986 §3.3, §3.4",
    lesson="routing",
    see="1 · What is in a target",
)

REDIRECT_STAYS = Misconception(
    id="M97",
    belief="A redirect to a path stays on my own site.",
    truth="//evil.example is a host to everybody who follows it, and browsers read a backslash as "
    "a slash. Encode each segment, and never begin a path with two slashes.",
    authority="RFC 3986 §4.2; URL Standard, relative slash state",
    lesson="routing",
    see="5 · Links",
)

EMPTY_IS_NOTHING = Misconception(
    id="X90",
    belief="A slash at the end, or two in a row, mean nothing.",
    truth="Each slash begins a segment, and a segment may be empty: /a and /a/ are two paths.",
    authority="RFC 3986 §3.3, §6.2.2",
    lesson="routing",
    see="1 · What is in a target",
)

UNQUOTE_CHECKS = Misconception(
    id="X91",
    belief="unquote() notices what is badly encoded.",
    truth="It leaves a bad escape as it is, and puts U+FFFD for octets that are not UTF-8. Then "
    "two URLs have become one. Refuse both.",
    authority="RFC 3986 §2.1; Python library reference, urllib.parse: unquote",
    lesson="routing",
    see="1 · What is in a target",
)

WRONG_LATER = Misconception(
    id="X93",
    belief="A mistake in the table of routes shows when a request comes.",
    truth="A table with a mistake answers wrongly, and nobody sees an error. The programmer who adds "
    "the route is there now: raise.",
    authority="the docstrings of piece_of and Router.add",
    lesson="routing",
    see="2 · Which row answers?",
)

NO_WAY_BACK = Misconception(
    id="X95",
    belief="The best branch at each segment leads to the best route.",
    truth="It may lead to no route at all: the text or the branch fits here, and nothing fits "
    "below it. Then try the next branch.",
    authority="the docstring of search",
    lesson="routing",
    see="4 · Down the tree",
)

LOOKS_AT_ALL = Misconception(
    id="X96",
    belief="To find a route, I have to try all of them.",
    truth="That costs more with each route. A dict finds the node for a text without looking at "
    "the other texts.",
    authority="the docstring of search",
    lesson="routing",
    see="4 · Down the tree",
)

HEAD_IS_EXTRA = Misconception(
    id="X97",
    belief="HEAD needs routes of its own.",
    truth="Every server has to support GET and HEAD, and HEAD is answered like GET.",
    authority="RFC 9110 §9.1, §9.3.2",
    lesson="routing",
    see="4 · Down the tree",
)

QUOTE_IS_ENOUGH = Misconception(
    id="X98",
    belief="quote() makes any text safe for a path.",
    truth="It leaves slashes as they are, so one segment becomes two. Encode each segment, its "
    "slashes included, and put the slashes between segments yourself.",
    authority="RFC 3986 §2.2, §3.3; Python library reference, urllib.parse: quote",
    lesson="routing",
    see="5 · Links",
)

ANY_VALUE_GOES = Misconception(
    id="X99",
    belief="Every value that I put into a URL comes out of it.",
    truth="The route may not take this value: an empty text, a text for an int. Or another route takes "
    "it first. Ask find(), and refuse the values unless it returns this very route.",
    authority="the docstring of Router.url",
    lesson="routing",
    see="5 · Links",
)

SERVER_ANSWERS = Misconception(
    id="X410",
    belief="The server turns my HttpError into a 400.",
    truth="It does so for its own only, those of feed(). What a Handler raises is a bug to the "
    "server, and the client gets a 500.",
    authority="answer and replies of connection",
    lesson="routing",
    see="6 · No route",
)

WIDER_IS_SAFER = Misconception(
    id="X411",
    belief="The more code is inside the `try`, the safer.",
    truth="The `try` also catches what the endpoint raises. A bug in the endpoint becomes the "
    "client's mistake, and nobody looks for it. Only split_target() belongs inside.",
    authority="PEP 8, Programming Recommendations",
    lesson="routing",
    see="6 · No route",
)

URLSPLIT_READS_TARGETS = Misconception(
    id="X412",
    belief="urlsplit() reads request targets.",
    truth="It reads links, as they are in pages: there, // begins a host. In a request line, a "
    "target that begins with a slash is a path.",
    authority="RFC 9112 §3.2.1; RFC 3986 §4.2",
    lesson="routing",
    see="1 · What is in a target",
)

HAS_NO_PATH = Misconception(
    id="X413",
    belief="http://h has no path.",
    truth="Its path is empty, and an empty path means /: one segment, which is empty.",
    authority="RFC 9110 §4.2.3",
    lesson="routing",
    see="1 · What is in a target",
)

ERRORS_UNDO = Misconception(
    id="X414",
    belief="An exception undoes what was done before it.",
    truth="It undoes nothing: half of the route is still there. After an error, the router has to "
    "be as before. So check everything first, and then change something.",
    authority="the docstring of Router.add",
    lesson="routing",
    see="3 · A tree of segments",
)

HEAD_COMES_FIRST = Misconception(
    id="X415",
    belief="First I look for HEAD everywhere, then for GET.",
    truth="The more specific path comes first, and only at the same node does HEAD come before "
    "GET. Otherwise HEAD and GET of one URL lead to two pages.",
    authority="RFC 9110 §9.3.2; the docstring of search",
    lesson="routing",
    see="4 · Down the tree",
)


CUTS_AT_THE_LAST = Misconception(
    id="X460",
    belief="rpartition() cuts as partition() does.",
    truth="The path ends at the first question mark, not at the last. And where there is none, "
    "rpartition() puts everything at the end.",
    authority="RFC 3986 §3.4; Python library reference, str.rpartition",
    lesson="routing",
    see="1 · What is in a target",
)

URL_ANYWHERE = Misconception(
    id="X461",
    belief="Whatever looks like a scheme and a host is left out.",
    truth="Only at the front, and only once. A target that begins with a slash is a path, and a "
    "query may hold whole URLs.",
    authority="RFC 9112 §3.2.1, §3.2.2; RFC 3986 §3.4",
    lesson="routing",
    see="1 · What is in a target",
)

SCHEMES_HAVE_A_CASE = Misconception(
    id="X462",
    belief="A scheme is written in lower case.",
    truth="Schemes are case-insensitive: HTTP://h/a is http://h/a.",
    authority="RFC 3986 §3.1; RFC 9110 §4.2.3",
    lesson="routing",
    see="1 · What is in a target",
)

PATTERN_IS_ENCODED = Misconception(
    id="X463",
    belief="A pattern is encoded, like a URL.",
    truth="A pattern is written as the segments are after decoding. In a pattern, %41 is three "
    "characters.",
    authority="the docstring of parse_pattern",
    lesson="routing",
    see="2 · Which row answers?",
)

TOO_STRICT = Misconception(
    id="X464",
    belief="Two routes that look alike are one too many.",
    truth="Another method, another converter or a slash at the end takes other requests, and "
    "routes with the same pattern may share a name. Refuse only a route that could never be "
    "found.",
    authority="the docstring of Router.add",
    lesson="routing",
    see="3 · A tree of segments",
)

TREE_IS_ALL = Misconception(
    id="X465",
    belief="A route has been added when it is in the tree.",
    truth="The tree is for search() alone. allowed() uses methods, mount() uses routes, and url() "
    "uses named. record() fills these three.",
    authority="the docstrings of Router and Router.add",
    lesson="routing",
    see="3 · A tree of segments",
)

PATH_IS_ONE_SEGMENT = Misconception(
    id="X467",
    belief="A path parameter takes one segment.",
    truth="It takes all the segments that are left. Nothing of the path is left to search for.",
    authority="the docstring of parse_pattern",
    lesson="routing",
    see="4 · Down the tree",
)

OWN_ROUTES_ARE_IGNORED = Misconception(
    id="X468",
    belief="OPTIONS never has a route of its own.",
    truth="It needs none. But if somebody adds one, its endpoint answers. no_route() is only for "
    "requests that have no route.",
    authority="the docstring of Router.respond",
    lesson="routing",
    see="6 · No route",
)

HEAD_IS_EMPTIED = Misconception(
    id="X469",
    belief="The endpoint must not answer HEAD with content.",
    truth="It answers as it does for GET, and the server leaves the content out. The server needs "
    "it for Content-Length.",
    authority="RFC 9110 §8.6, §9.3.2",
    lesson="routing",
    see="6 · No route",
)

METHODS_HAVE_NO_CASE = Misconception(
    id="X470",
    belief="GET and get are one method.",
    truth="Methods are case-sensitive. get is another method, and nobody here knows it.",
    authority="RFC 9110 §9.1",
    lesson="routing",
    see="6 · No route",
)

METHODS_ARE_ALL = Misconception(
    id="X471",
    belief="METHODS are all the methods there are.",
    truth="A route may have another one, such as PURGE. A method is known if it is in METHODS, or "
    "if any route has it.",
    authority="RFC 9110 §9.1, §16.1; the docstring of Router.no_route",
    lesson="routing",
    see="6 · No route",
)

ROUTES_MAKE_METHODS = Misconception(
    id="X472",
    belief="A method without a route is unknown.",
    truth="PATCH is in METHODS, and so this course counts it as known, with or without a route. "
    "501 is for a method that nobody here knows.",
    authority="the docstring of Router.no_route; RFC 9110 §9.1 leaves it to the server",
    lesson="routing",
    see="6 · No route",
)

SLASH_BEFORE_METHOD = Misconception(
    id="X473",
    belief="If there is no route, the slash may be wrong.",
    truth="The path that was asked for exists, and allows other methods: 405. Try the other path "
    "only if this one has no routes at all.",
    authority="RFC 9110 §15.5.6; the docstring of Router.no_route",
    lesson="routing",
    see="6 · No route",
)


ENCODES_AGAIN = Misconception(
    id="X475",
    belief="Encoding once more does no harm.",
    truth="The second time, %2F becomes %252F. Decoded once, that is the text %2F. Encode each "
    "segment once.",
    authority="RFC 9110 §10.2.2; RFC 3986 §2.4",
    lesson="routing",
    see="5 · Links",
)

LOOKS_THE_SAME = Misconception(
    id="X820",
    belief="Two texts that look the same are the same.",
    truth="é may be one character, or e and an accent: two texts, and two URLs. A server that "
    "normalises one must normalise all. Decode, and do nothing else.",
    authority="RFC 3986 §6.2.2, §6.2.3",
    lesson="routing",
    see="1 · What is in a target",
)

PATHS_HAVE_NO_CASE = Misconception(
    id="X821",
    belief="Upper and lower case are the same in a URL.",
    truth="Only scheme and host are case-insensitive. /About and /about are two paths.",
    authority="RFC 9110 §4.2.3; RFC 3986 §6.2.2.1",
    lesson="routing",
    see="1 · What is in a target",
)


TAGS_ARE_TEXT = Misconception(
    id="X824",
    belief="What a client sends is only text.",
    truth="In HTML, a tag in this text is a tag of your page, and a script runs with your site's "
    "rights. Escape it, or send plain text.",
    authority="HTML Standard, Tokenization; Python library reference, html.escape",
    lesson="routing",
    see="5 · Links",
)


OPTIONS_IS_EXTRA = Misconception(
    id="X861",
    belief="OPTIONS needs routes of its own.",
    truth="OPTIONS asks which methods a path allows. The router knows its routes, so it can answer "
    "for all of them.",
    authority="RFC 9110 §9.3.7; the docstring of Router.no_route",
    lesson="routing",
    see="6 · No route",
)

FIND_KNOWS_CLIENTS = Misconception(
    id="X862",
    belief="If find() returns the route, clients get there as well.",
    truth="A client takes the segments . and .. out before it asks, so another path arrives. find() "
    "cannot know this: refuse both.",
    authority="RFC 3986 §5.2.4; the docstring of Router.url",
    lesson="routing",
    see="5 · Links",
)


ARGUMENT_IS_LOST = Misconception(
    id="X973",
    belief="If a call raises no error, it has all the arguments that it needs.",
    truth="`name` has a default, so Python does not complain if you leave it out. Pass it on: route() "
    "passes it to router.add(), and get() and post() pass it to route().",
    authority="the docstring of App.route",
    lesson="routing",
    see="5 · Links",
)

HEAD_TAKES_GET = Misconception(
    id="X1350",
    belief="The route for HEAD is always the route for GET.",
    truth="It is, unless the node has a route for HEAD: then that one is the result.",
    authority="the docstring of search",
    lesson="routing",
    see="4 · Down the tree",
)

OPTIONS_ALWAYS_WORKS = Misconception(
    id="X1351",
    belief="The answer to OPTIONS is 204 on every path.",
    truth="It is 204 only on a path that allows other methods. On a path without routes, OPTIONS is "
    "answered like any other method: 308 or 404.",
    authority="the docstring of Router.no_route",
    lesson="routing",
    see="6 · No route",
)


DECORATOR_KEEPS_IT = Misconception(
    id="X970",
    belief="A decorator keeps the function, and that is all.",
    truth="`@d` above `def f` is `f = d(f)`: whatever the decorator returns is f from now on. If it "
    "returns nothing, f is None.",
    authority="Python language reference, Function definitions",
    lesson="framework",
    see="1 · Above the function",
)

DECORATOR_IS_THE_CALL = Misconception(
    id="X971",
    belief="`@app.get(…)` gives the function to get().",
    truth="get(…) is called first, without the function. It returns a decorator, and the decorator is "
    "called with the function.",
    authority="Python language reference, Function definitions",
    lesson="framework",
    see="1 · Above the function",
)

DECORATOR_CALLS = Misconception(
    id="X972",
    belief="A decorator has to call the function, or to put another one around it.",
    truth="A decorator that registers a function keeps it as it is. The function is called when a "
    "request comes.",
    authority="the docstring of App.route",
    lesson="framework",
    see="1 · Above the function",
)

LAST_IS_OUTERMOST = Misconception(
    id="X974",
    belief="To make the first layer the outermost, put it on first.",
    truth="What is put on first is the innermost: each layer goes around everything so far. Begin with "
    "the last layer.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

CLOSURE_KEEPS_THE_VALUE = Misconception(
    id="X975",
    belief="A function that is made in a loop keeps the values of this round.",
    truth="It keeps the variables. When it is called, the loop has ended, and they have their last "
    "values. Make the function in another function.",
    authority="Python language reference, Naming and binding; Programming FAQ",
    lesson="framework",
    see="2 · The onion",
)

ERROR_PASSES_LAYERS = Misconception(
    id="X976",
    belief="One `try` around everything is enough.",
    truth="Then an error passes through every layer as an exception, and none of them adds its fields. "
    "Each call needs a `try` of its own.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

ONLY_HANDLERS_FAIL = Misconception(
    id="X977",
    belief="Only the handler can fail.",
    truth="A layer is code as well. The layers around it have to see a response.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

EVERY_ERROR = Misconception(
    id="X978",
    belief="`except BaseException` is the safe choice.",
    truth="Ctrl-C and sys.exit() are BaseExceptions that are not Exceptions. A response to Ctrl-C "
    "keeps the server running.",
    authority="Python library reference, Exception hierarchy",
    lesson="framework",
    see="2 · The onion",
)

REQUEST_IS_SHARED = Misconception(
    id="X979",
    belief="Every layer gets the request that came from the client.",
    truth="Each of them gets what the one around it has passed on. That may be another request.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

COMPOSED_ONCE = Misconception(
    id="X980",
    belief="What compose() returns serves one request.",
    truth="It serves every request, and several at a time on threads. What the first request uses up "
    "is missing for the second.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

NAMES_ARE_UNIQUE = Misconception(
    id="X981",
    belief="The fields of a form are a dict.",
    truth="A name may come several times: a list with three boxes ticked sends it three times. A dict "
    "keeps one.",
    authority="URL Standard, application/x-www-form-urlencoded",
    lesson="framework",
    see="3 · Fields",
)

DECODED_FIELDS_SPLIT = Misconception(
    id="X982",
    belief="I may decode before I have split everything.",
    truth="After decoding, an & or = that belongs to a name or a value looks like one that separates. "
    "Split at & and at =, and then decode each name and each value.",
    authority="URL Standard, application/x-www-form-urlencoded parsing",
    lesson="framework",
    see="3 · Fields",
)

PLUS_STAYS = Misconception(
    id="X983",
    belief="unquote() decodes everything.",
    truth="In a form a space is written as a plus, and a plus as %2B. unquote_plus() knows this. "
    "Replace the plus before you decode, or you also replace those that were %2B.",
    authority="URL Standard, application/x-www-form-urlencoded parsing",
    lesson="framework",
    see="3 · Fields",
)

EMPTY_IS_MISSING = Misconception(
    id="X984",
    belief="A field without a value is not there.",
    truth="A box that was left empty is sent with an empty value. Only an empty piece between two & is "
    "not a field.",
    authority="URL Standard, application/x-www-form-urlencoded parsing",
    lesson="framework",
    see="3 · Fields",
)

ONE_EQUALS = Misconception(
    id="X985",
    belief="There is one = in a field.",
    truth="The first = ends the name. Values may have more: base64 ends with them. And there may be "
    "none at all.",
    authority="URL Standard, application/x-www-form-urlencoded parsing; RFC 6265 §5.2",
    lesson="framework",
    see="3 · Fields",
)

CLIENT_IS_CAREFUL = Misconception(
    id="X986",
    belief="A field that cannot be decoded is an error.",
    truth="Browsers decode what they can: %zz stays, and an octet that is not UTF-8 becomes �.",
    authority="URL Standard, application/x-www-form-urlencoded parsing",
    lesson="framework",
    see="3 · Fields",
)

FIELDS_WITHOUT_LIMIT = Misconception(
    id="X987",
    belief="The limit of the content limits everything.",
    truth="A megabyte of & and letters is half a million fields, and each becomes an object. Count "
    "them, and refuse with 400.",
    authority="the docstring of parse_query",
    lesson="framework",
    see="3 · Fields",
)

ONE_BAD_COOKIE = Misconception(
    id="X988",
    belief="If one cookie is wrong, the others are lost.",
    truth="The cookies come from many programs. One that is wrong loses only itself.",
    authority="RFC 6265 §5.2, §5.4; the docstring of parse_cookies",
    lesson="framework",
    see="4 · Cookies",
)

LAST_COOKIE_WINS = Misconception(
    id="X989",
    belief="If a name occurs twice, the last cookie counts.",
    truth="Clients send the cookie with the longest path first: of all cookies of this name, it was "
    "set for the fewest pages. So the first one counts here.",
    authority="RFC 6265 §5.4",
    lesson="framework",
    see="4 · Cookies",
)

COOKIES_ARE_ENCODED = Misconception(
    id="X990",
    belief="The value of a cookie is percent-encoded, or quoted.",
    truth="It is what the server wrote. No standard encodes it; quotation marks are part of it.",
    authority="RFC 6265 §4.1.1, §5.2",
    lesson="framework",
    see="4 · Cookies",
)

STRIP_TAKES_SPACES = Misconception(
    id="X991",
    belief="strip() removes spaces.",
    truth="It removes everything that Unicode calls white space, such as U+00A0. In a request, each "
    "octet is one character, and an à in UTF-8 ends with the octet A0. Name the characters to be "
    "removed: a space and a tab.",
    authority="Python library reference, str.strip",
    lesson="framework",
    see="4 · Cookies",
)

VALUE_IS_ONLY_A_VALUE = Misconception(
    id="X992",
    belief="What is put into a cookie stays its value.",
    truth="A `;` ends the value, and an attribute such as Domain follows. Whoever chose the value has "
    "chosen the attribute as well. Refuse the value.",
    authority="RFC 6265 §4.1.1, §5.2",
    lesson="framework",
    see="4 · Cookies",
)

LAYER_HAS_NAMES = Misconception(
    id="X993",
    belief="The second argument of a layer is called `inside`.",
    truth="A layer may name its parameters as it likes. Pass the arguments by position: "
    "layer(request, inside).",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

COOKIES_OF_ANY_LENGTH = Misconception(
    id="X995",
    belief="A cookie can have any length.",
    truth="Browsers silently ignore a cookie whose name and value have more than 4,096 octets "
    "together.",
    authority="draft-ietf-httpbis-rfc6265bis; the docstring of cookie_pair",
    lesson="framework",
    see="4 · Cookies",
)

TIME_IS_OUTSIDE = Misconception(
    id="X996",
    belief="The value is signed, so the text is safe.",
    truth="What is not signed can be changed: if the time is outside the signature, a cookie lives "
    "forever. Sign value and time together.",
    authority="the docstring of Signer.sign",
    lesson="framework",
    see="5 · Sessions",
)

CLIENT_BRINGS_IT_BACK = Misconception(
    id="X997",
    belief="What comes back is what was sent.",
    truth="A cookie is whatever the client writes. Compare the signature of all of it before you use "
    "any of it, and refuse any other text with BadSignature.",
    authority="RFC 6265 §8.1; the docstring of Signer.unsign",
    lesson="framework",
    see="5 · Sessions",
)

ONE_KEY = Misconception(
    id="X998",
    belief="A signer has one key.",
    truth="While a key is being changed, there are two. The first signs, and both are accepted.",
    authority="the docstring of Signer",
    lesson="framework",
    see="5 · Sessions",
)

SIGNED_FOREVER = Misconception(
    id="X999",
    belief="What is signed stays good.",
    truth="A stolen text is signed as well. Refuse it when it is more than max_age seconds old.",
    authority="the docstring of Signer.unsign",
    lesson="framework",
    see="5 · Sessions",
)

EMPTY_COOKIE_IS_MISSING = Misconception(
    id="X1400",
    belief="A cookie with an empty value is not there.",
    truth="An empty value is a value. If this cookie is the first of its name, it counts.",
    authority="RFC 6265 §5.2; the docstring of parse_cookies",
    lesson="framework",
    see="4 · Cookies",
)

NAME_IS_NEEDED = Misconception(
    id="X1401",
    belief="A field has to have a name.",
    truth="`=c` is a field: its name is empty, and its value is c. Only an empty piece is not a field.",
    authority="URL Standard, application/x-www-form-urlencoded parsing",
    lesson="framework",
    see="3 · Fields",
)

LAYERS_GUARD_HANDLERS = Misconception(
    id="X1591",
    belief="A `try` around each layer guards the handler as well.",
    truth="There the exception has passed through the innermost layer already, which gets no response "
    "to add its field to. Guard the handler itself as well.",
    authority="the docstring of compose",
    lesson="framework",
    see="2 · The onion",
)

EQUALS_IS_ENOUGH = Misconception(
    id="X1592",
    belief="`==` is good enough to compare two signatures.",
    truth="It stops at the first difference. So its time may tell an attacker how much of a forged "
    "signature is right. same_text() does not stop there.",
    authority="Python library reference, hmac: compare_digest",
    lesson="framework",
    see="5 · Sessions",
)

# static_files

NAMES_SHOW_THE_WAY = Misconception(
    id="X880",
    belief="A name shows whether it leads out of the folder.",
    truth="`..`, absolute names and links all lead elsewhere, and only the file system knows the "
    "links. "
    "Resolve the name first, then look where it leads.",
    authority="Python library reference, pathlib: Path.resolve; path_resolution(7)",
    lesson="static_files",
    see="1 · A name becomes a path",
)

PREFIX_IS_INSIDE = Misconception(
    id="X881",
    belief="A path that begins with the folder's path is inside the folder.",
    truth="`/srv/www-2/a` begins with `/srv/www`, but is not inside it. is_relative_to() compares "
    "whole "
    "segments.",
    authority="Python library reference, pathlib: PurePath.is_relative_to",
    lesson="static_files",
    see="1 · A name becomes a path",
)

ONLY_NOT_FOUND = Misconception(
    id="X882",
    belief="A name that leads to no file always raises the same kind of error.",
    truth="FileNotFoundError is only one of them. A name that is too long, or a file used as a folder, "
    "raises another OSError, and a NUL raises ValueError.",
    authority="open(2), ERRORS; Python library reference, pathlib: Path.resolve",
    lesson="static_files",
    see="1 · A name becomes a path",
)

ODD_NAMES_ARE_ATTACKS = Misconception(
    id="X884",
    belief="Dots, links and odd characters in a name are attacks.",
    truth="`a..b` and `50% off` are ordinary names, `docs/..` is the folder itself, and a link may "
    "lead to a file inside. Refuse only what leads out.",
    authority="path_resolution(7)",
    lesson="static_files",
    see="1 · A name becomes a path",
)

ONE_TAG_COUNTS = Misconception(
    id="X885",
    belief="One tag of the field counts.",
    truth="The field may be a list. If any tag of the list matches, the field matches.",
    authority="RFC 9110 §8.8.3, §13.1.1, §13.1.2",
    lesson="static_files",
    see="2 · Is it still the same?",
)

ONE_COMPARISON = Misconception(
    id="X886",
    belief="Two tags are equal, or they are not.",
    truth="There are two comparisons. A weak tag never matches strongly, not even itself. The weak "
    "comparison ignores W/ on both sides.",
    authority="RFC 9110 §8.8.3.2",
    lesson="static_files",
    see="2 · Is it still the same?",
)

TAG_OR_DATE = Misconception(
    id="X887",
    belief="If the tag or the date matches, the file has not changed.",
    truth="If-Match rules out If-Unmodified-Since, and If-None-Match rules out If-Modified-Since, "
    "whether "
    "a tag matches or not: a date has only whole seconds.",
    authority="RFC 9110 §13.1.3, §13.1.4, §13.2.2",
    lesson="static_files",
    see="3 · Four questions, in order",
)

DATES_ARE_TAGS = Misconception(
    id="X889",
    belief="The date in If-Modified-Since is the file's date, or the file has changed.",
    truth="Dates are compared as times: has the file changed *since* then? A client may send any date, "
    "even one in the future.",
    authority="RFC 9110 §13.1.3, §13.1.4",
    lesson="static_files",
    see="3 · Four questions, in order",
)

BAD_DATES_COUNT = Misconception(
    id="X890",
    belief="A date that is not valid is an error, or a very old date.",
    truth="If the date is not valid, act as if the field were not there.",
    authority="RFC 9110 §13.1.3, §13.1.4",
    lesson="static_files",
    see="3 · Four questions, in order",
)

ANY_ORDER = Misconception(
    id="X891",
    belief="The order in which the conditions are tested does not matter.",
    truth="If-Match and If-Unmodified-Since come first: a client that means another version gets a "
    "412, "
    "not a 304. Range comes last.",
    authority="RFC 9110 §13.2.2",
    lesson="static_files",
    see="3 · Four questions, in order",
)

RANGES_ARE_SLICES = Misconception(
    id="X892",
    belief="bytes=0-3 asks for three octets.",
    truth="It asks for four: the last position belongs to the part. The end of a Python range does "
    "not.",
    authority="RFC 9110 §14.1.2",
    lesson="static_files",
    see="4 · A part of a file",
)

SUFFIX_IS_A_START = Misconception(
    id="X893",
    belief="bytes=-3 begins at -3, or at 0.",
    truth="A suffix counts from the end: bytes=-3 asks for the last three octets.",
    authority="RFC 9110 §14.1.2",
    lesson="static_files",
    see="4 · A part of a file",
)

ODD_RANGES_ARE_416 = Misconception(
    id="X894",
    belief="A range that cannot be served gets a 416.",
    truth="Only a valid range of which the file has no octet gets a 416. Another unit, and "
    "anything that is "
    "not valid, is ignored: the client gets the whole file.",
    authority="RFC 9110 §14.2, §15.5.17",
    lesson="static_files",
    see="4 · A part of a file",
)

INT_TAKES_DIGITS = Misconception(
    id="X895",
    belief="int() accepts digits, and refuses everything else.",
    truth="It also accepts signs, spaces and underscores. Let a pattern say what a position is: RANGE.",
    authority="RFC 9110 §14.1.2; Python library reference, int",
    lesson="static_files",
    see="4 · A part of a file",
)

FIRST_RANGE_COUNTS = Misconception(
    id="X896",
    belief="If there are several ranges, the first one counts.",
    truth="Then the client would wait for the others. A server may ignore a field with several ranges: "
    "the client gets the whole file.",
    authority="RFC 9110 §14.2, §15.3.7.2",
    lesson="static_files",
    see="4 · A part of a file",
)

FILES_STAY_THE_SAME = Misconception(
    id="X897",
    belief="A file keeps the length that it had when it was opened.",
    truth="Another program may write to it. Content-Length has been sent: send no more than that, "
    "and stop "
    "when the file ends.",
    authority="RFC 9110 §8.6; RFC 9112 §6.3",
    lesson="static_files",
    see="5 · From the file to the wire",
)

FILES_FIT_INTO_MEMORY = Misconception(
    id="X898",
    belief="First I read the file, then I send it.",
    truth="A film may be larger than your memory, and there are many clients. Read a piece when it is "
    "asked for.",
    authority="Python library reference, io: RawIOBase.read",
    lesson="static_files",
    see="5 · From the file to the wire",
)

HEAD_HAS_PARTS = Misconception(
    id="X899",
    belief="Range counts for HEAD as it does for GET.",
    truth="Range is defined for GET only. HEAD gets the head of a 200, whatever its Range says.",
    authority="RFC 9110 §14.2",
    lesson="static_files",
    see="6 · One answer",
)

ANY_REST_FITS = Misconception(
    id="X900",
    belief="A server need not look at If-Range.",
    truth="If it does not, the end of a new file is glued to the beginning of an old one.",
    authority="RFC 9110 §13.1.5",
    lesson="static_files",
    see="6 · One answer",
)

FILES_CLOSE_THEMSELVES = Misconception(
    id="X901",
    belief="The server closes the file of every response.",
    truth="The server closes the content. If the file is not in the content, you have to close it.",
    authority="the docstring of without_file; Python library reference, ResourceWarning",
    lesson="static_files",
    see="6 · One answer",
)

ALL_FIELDS_EVERYWHERE = Misconception(
    id="X902",
    belief="Every response about a file has the same fields.",
    truth="A 304 has the fields that a cache needs. A 206 says which part it is, and a 416 how "
    "long the "
    "file is. A 200 has all fields of the file, and neither of these two.",
    authority="RFC 9110 §14.4, §15.3.7, §15.4.5, §15.5.17",
    lesson="static_files",
    see="6 · One answer",
)

ONLY_WRITERS_MEAN_IT = Misconception(
    id="X905",
    belief="If-Match is for PUT. A client that reads does not need it.",
    truth="A client that resumes a download may send it with GET. If the server ignores the field, the "
    "client gets octets of another version.",
    authority="RFC 9110 §13.1.1",
    lesson="static_files",
    see="3 · Four questions, in order",
)

ZERO_IS_NO_DATE = Misconception(
    id="X906",
    belief="If parse_date() returns something false, there is no date.",
    truth="0 is a date, the beginning of 1970, and it is false. Only None means that there is no date.",
    authority="RFC 9110 §5.6.7; Python library reference, Truth Value Testing",
    lesson="static_files",
    see="3 · Four questions, in order",
)

COMMAS_END_TAGS = Misconception(
    id="X1420",
    belief="If I split the list at its commas, I have the tags.",
    truth='A comma may have spaces around it or none, and may be part of a tag: `"b,c"` is one tag. '
    "tags_in() follows the grammar.",
    authority="RFC 9110 §5.6.1, §8.8.3",
    lesson="static_files",
    see="2 · Is it still the same?",
)

SUFFIX_FITS = Misconception(
    id="X1421",
    belief="A suffix is never longer than the file.",
    truth="The client need not know the size. bytes=-99 of ten octets asks for all ten.",
    authority="RFC 9110 §14.1.2",
    lesson="static_files",
    see="4 · A part of a file",
)

ODD_RANGES_ARE_IGNORED = Misconception(
    id="X1422",
    belief="A Range that cannot be served is ignored.",
    truth="Only one that is not valid is ignored. If it is valid, but the file has none of its octets, "
    "the client learns the file's size from a 416.",
    authority="RFC 9110 §14.2, §15.5.17",
    lesson="static_files",
    see="4 · A part of a file",
)

STOP_IS_LAST = Misconception(
    id="X1590",
    belief="`part.stop` is the last octet of the part.",
    truth="It is the octet after the last one. Content-Range names the last one itself, as Range does.",
    authority="RFC 9110 §14.4; Python library reference, range",
    lesson="static_files",
    see="4 · A part of a file",
)
EMPTY_FILES_GET_416 = Misconception(
    id="X1593",
    belief="An empty file has none of the octets, so each Range gets a 416.",
    truth="The whole file is as small as any part of it. Ignore every Range: the client gets a 200.",
    authority="RFC 9110 §14.2",
    lesson="static_files",
    see="4 · A part of a file",
)

# gateway

LAST_LINE_COUNTS = Misconception(
    id="X1440",
    belief="A name has one value, so the last line of a field counts.",
    truth="Several lines with one name are one list: their values are joined by commas.",
    authority="RFC 9110 §5.3; RFC 3875 §4.1.18",
    lesson="gateway",
    see="1 · Fields become variables",
)

COOKIES_ARE_A_LIST = Misconception(
    id="X1441",
    belief="All fields that come several times are joined by commas.",
    truth="The value of a cookie may have a comma in it. Semicolons separate cookies.",
    authority="RFC 6265 §5.4; RFC 9113 §8.2.3",
    lesson="gateway",
    see="1 · Fields become variables",
)

EVERY_FIELD_IS_HTTP = Misconception(
    id="X1442",
    belief="Every field becomes a variable that begins with HTTP_.",
    truth="The type and the length of the content have variables of their own, without this prefix. "
    "Transfer-Encoding is about chunks, which the server has decoded.",
    authority="PEP 3333, environ Variables; RFC 3875 §4.1.2, §4.1.3",
    lesson="gateway",
    see="1 · Fields become variables",
)

UNDERSCORE_IS_HARMLESS = Misconception(
    id="X1443",
    belief="X_Name is a field like any other.",
    truth="X_Name and X-Name become the same variable. If a proxy vouches for X-Name, a client "
    "can forge it with an underscore.",
    authority="RFC 3875 §4.1.18; CVE-2015-0219",
    lesson="gateway",
    see="1 · Fields become variables",
)

PATH_IS_TEXT = Misconception(
    id="X1444",
    belief="PATH_INFO is text: what was UTF-8 has been decoded.",
    truth="A text of WSGI has one character for each octet. The application decides how to decode it.",
    authority="PEP 3333, Unicode Issues",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

PATH_IS_AS_SENT = Misconception(
    id="X1445",
    belief="PATH_INFO is the path as it was sent.",
    truth="Its escapes have been decoded, so an application cannot tell %2F from a slash.",
    authority="RFC 3875 §4.1.5",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

QUERY_IS_DECODED = Misconception(
    id="X1446",
    belief="QUERY_STRING is decoded, as PATH_INFO is.",
    truth="It is as it was sent. Only whoever splits it into fields can decode it: split first.",
    authority="RFC 3875 §4.1.7",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

HOST_FIELD_IS_THE_HOST = Misconception(
    id="X1447",
    belief="The host is in the field Host.",
    truth="If the target is absolute, the host in it counts, and the field is ignored.",
    authority="RFC 9112 §3.2.2",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

LENGTH_IS_A_FIELD = Misconception(
    id="X1448",
    belief="CONTENT_LENGTH is the field Content-Length.",
    truth="Content in chunks has no such field. Without CONTENT_LENGTH, a framework reads nothing.",
    authority="PEP 3333, Other HTTP Features; pallets/flask#2229",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

NO_CONTENT_NO_INPUT = Misconception(
    id="X1449",
    belief="A request without content needs no wsgi.input.",
    truth="Every environ has it. An application may read it, and gets b''.",
    authority="PEP 3333, environ Variables",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

ENVIRON_IS_SHARED = Misconception(
    id="X1450",
    belief="One dictionary serves several requests.",
    truth="An application may change its environ in any way. The next request must not see that.",
    authority="PEP 3333, Specification Details",
    lesson="gateway",
    see="2 · A request as a dictionary",
)

SECOND_CALL_REPLACES = Misconception(
    id="X1451",
    belief="An application may call start_response() again, whenever it changes its mind.",
    truth="Only with exc_info, after an error. Otherwise it is a bug, and has to be seen.",
    authority="PEP 3333, The start_response() Callable",
    lesson="gateway",
    see="3 · The head can change",
)

REFUSED_IS_NO_CALL = Misconception(
    id="X1452",
    belief="A call that was refused did not happen.",
    truth="It was the first call. The next one needs exc_info.",
    authority="PEP 3333, The start_response() Callable",
    lesson="gateway",
    see="3 · The head can change",
)

EXC_INFO_IS_FATAL = Misconception(
    id="X1453",
    belief="exc_info means that it is too late: the error has to be raised.",
    truth="As long as nothing has been sent, the visitor can still get an error page.",
    authority="PEP 3333, Error Handling",
    lesson="gateway",
    see="3 · The head can change",
)

EXC_INFO_ALWAYS_REPLACES = Misconception(
    id="X1454",
    belief="With exc_info, the new head replaces the old one.",
    truth="Not when the old one is out. Then the client would read the error page as the rest of what "
    "it was getting.",
    authority="PEP 3333, Error Handling",
    lesson="gateway",
    see="3 · The head can change",
)

OLD_HEAD_WILL_DO = Misconception(
    id="X1456",
    belief="If the new head is refused, the old one is still good.",
    truth="The application has said that it is wrong. Now there is no head, so the client gets a 500.",
    authority="PEP 3333, The start_response() Callable",
    lesson="gateway",
    see="3 · The head can change",
)

ARGUMENTS_HAVE_NAMES = Misconception(
    id="X1457",
    belief="The arguments of an application are called environ and start_response.",
    truth="They may have any names. The server passes them by position.",
    authority="PEP 3333, Specification Details",
    lesson="gateway",
    see="4 · Block by block",
)

STARTED_BEFORE_THE_BLOCKS = Misconception(
    id="X1458",
    belief="When an application has returned, it has called start_response().",
    truth="An application with `yield` in it has not even begun. It may call start_response() "
    "while the first blocks are taken.",
    authority="PEP 3333, Specification Details",
    lesson="gateway",
    see="4 · Block by block",
)

FIRST_BLOCK_IS_CONTENT = Misconception(
    id="X1459",
    belief="When the first block comes, the head can go out.",
    truth="The first block may be empty. The application can change the head until there is content.",
    authority="PEP 3333, The start_response() Callable",
    lesson="gateway",
    see="4 · Block by block",
)

TEXT_WILL_BE_ENCODED = Misconception(
    id="X1460",
    belief="A server can encode a block that is text.",
    truth="Only the application knows how. A block is bytes; anything else is an error.",
    authority="PEP 3333, Unicode Issues",
    lesson="gateway",
    see="4 · Block by block",
)

CLOSE_IS_FOR_THE_END = Misconception(
    id="X1461",
    belief="close() belongs to the end of the content.",
    truth="It belongs to the end of the request, however that comes: a connection to a database waits.",
    authority="PEP 3333, Specification Details",
    lesson="gateway",
    see="4 · Block by block",
)

STATUS_IS_A_NUMBER = Misconception(
    id="X1462",
    belief="The status of a response is a number.",
    truth="WSGI takes a text: three digits, a space, and a reason, which may be empty.",
    authority="PEP 3333, The start_response() Callable",
    lesson="gateway",
    see="5 · The other way round",
)

APPLICATION_MAKES_CHUNKS = Misconception(
    id="X1463",
    belief="If the length is not known, the application sends chunks.",
    truth="Chunks are between a server and its client. An application returns blocks of any length.",
    authority="PEP 3333, Handling the Content-Length Header",
    lesson="gateway",
    see="5 · The other way round",
)

SERVER_DROPS_CONTENT = Misconception(
    id="X1464",
    belief="The server leaves out the content after HEAD.",
    truth="Some do. Others send whatever they get, and the client reads it as the next response.",
    authority="RFC 9110 §9.3.2",
    lesson="gateway",
    see="5 · The other way round",
)

LOOP_REMEMBERS = Misconception(
    id="X1465",
    belief="The second loop over the blocks goes on where the first one stopped.",
    truth="That is true of an iterator. Each loop over a list starts at its beginning, and so does "
    "each map().",
    authority="PEP 3333, The Application/Framework Side; Python glossary, iterator",
    lesson="gateway",
    see="4 · Block by block",
)
KEY_IS_DECODED = Misconception(
    id="X1480",
    belief="The key is base64, so it has to be decoded before it is hashed.",
    truth="SHA-1 gets the octets of the key's text, as it was sent, followed by those of the GUID.",
    authority="RFC 6455 §4.2.2",
    lesson="websocket",
    see="1 · The last request",
)

DIGEST_IS_HEX = Misconception(
    id="X1481",
    belief="A digest is a text of hexadecimal digits.",
    truth="A digest is 20 octets. hexdigest() writes them in 40 digits. This field has them in "
    "base64, in 28 characters.",
    authority="RFC 6455 §4.2.2",
    lesson="websocket",
    see="1 · The last request",
)

UPGRADE_IS_A_WORD = Misconception(
    id="X1483",
    belief="A browser sends `Connection: Upgrade` and `Upgrade: websocket`, in these letters.",
    truth="Both fields are lists, and case does not matter. Firefox sends `Connection: keep-alive, "
    "Upgrade`.",
    authority="RFC 6455 §4.2.1; RFC 9110 §7.8",
    lesson="websocket",
    see="1 · The last request",
)

BROWSER_ASKS_FIRST = Misconception(
    id="X1485",
    belief="A browser lets only my own pages connect to my server.",
    truth="A page of another origin may open a WebSocket as well. The browser sends Origin, so that "
    "the server can refuse.",
    authority="RFC 6455 §10.2",
    lesson="websocket",
    see="1 · The last request",
)

EVERYBODY_HAS_AN_ORIGIN = Misconception(
    id="X1486",
    belief="A request without Origin comes from an attacker.",
    truth="Browsers always send the field here. A client without it is not a browser, so no page has "
    "misled it.",
    authority="RFC 6455 §4.1, §10.2",
    lesson="websocket",
    see="1 · The last request",
)

ORIGIN_BEGINS_LIKE_IT = Misconception(
    id="X1487",
    belief="An origin that begins like mine, or contains my host, is mine.",
    truth="Anybody can register `a.test.evil.example`. Compare all of it: the scheme, the host and "
    "the port.",
    authority="RFC 6454 §5",
    lesson="websocket",
    see="1 · The last request",
)

LENGTH_IS_AN_OCTET = Misconception(
    id="X1489",
    belief="The second octet is the length.",
    truth="It has seven bits for it. 126 and 127 are not lengths: they say that the length follows, "
    "in two octets or in eight.",
    authority="RFC 6455 §5.2",
    lesson="websocket",
    see="2 · The first frame",
)

FIN_IS_ALWAYS_THERE = Misconception(
    id="X1491",
    belief="The first octet is the opcode.",
    truth="The opcode is its lower half. The top bit is FIN, and says that the message ends with this"
    " frame.",
    authority="RFC 6455 §5.2",
    lesson="websocket",
    see="2 · The first frame",
)

MASK_IS_ONLY_XOR = Misconception(
    id="X1492",
    belief="To mask a frame is to change its payload.",
    truth="The receiver has to know it: the top bit of the second octet says that there is a mask, "
    "and the mask itself follows the length.",
    authority="RFC 6455 §5.2, §5.3",
    lesson="websocket",
    see="2 · The first frame",
)

LENGTH_FORMS_ARE_FREE = Misconception(
    id="X1497",
    belief="A length may be written in a longer form than it needs.",
    truth="One number has one form. Two forms would be two readings: a proxy and a server could see "
    "different frames.",
    authority="RFC 6455 §5.2",
    lesson="websocket",
    see="3 · A frame from a stranger",
)

LENGTH_IS_A_PROMISE = Misconception(
    id="X1499",
    belief="The length of a frame says what the client will send.",
    truth="It says what the client wrote there. Eight octets can announce more than your memory can "
    "hold. Refuse such a frame as soon as its length is there.",
    authority="RFC 6455 §10.4",
    lesson="websocket",
    see="3 · A frame from a stranger",
)

PONG_IS_ONLY_A_SIGN = Misconception(
    id="X1500",
    belief="A pong only says that somebody is there.",
    truth="It has the payload of its ping, so that the other side knows which ping was answered.",
    authority="RFC 6455 §5.5.3",
    lesson="websocket",
    see="4 · Ping, pong, close",
)

PONG_IS_ANSWERED = Misconception(
    id="X1501",
    belief="Every control frame has an answer.",
    truth="A pong is the answer. Nothing answers it.",
    authority="RFC 6455 §5.5.3",
    lesson="websocket",
    see="4 · Ping, pong, close",
)

NO_CODE_IS_FINE = Misconception(
    id="X1502",
    belief="A Close frame without a code means 1000.",
    truth="It says nothing. Programs call this 1005, and 1005 is never sent.",
    authority="RFC 6455 §7.1.5, §7.4.1",
    lesson="websocket",
    see="4 · Ping, pong, close",
)

CLOSE_COMES_BACK = Misconception(
    id="X1506",
    belief="A Close frame is answered like a ping: with all of its payload.",
    truth="The answer has the same code, and no reason: only the side that closes first has one to "
    "give.",
    authority="RFC 6455 §5.5.1",
    lesson="websocket",
    see="4 · Ping, pong, close",
)

FRAME_IS_A_MESSAGE = Misconception(
    id="X1507",
    belief="A frame is a message.",
    truth="A message may have any number of frames. Only FIN says that it is complete.",
    authority="RFC 6455 §5.4",
    lesson="websocket",
    see="5 · A message in pieces",
)

LAST_OPCODE_COUNTS = Misconception(
    id="X1508",
    belief="The last frame says whether the message is text or binary.",
    truth="The first one says it. All later frames have the opcode 0.",
    authority="RFC 6455 §5.4",
    lesson="websocket",
    see="5 · A message in pieces",
)

CONTINUES_ANYTHING = Misconception(
    id="X1509",
    belief="A continuation without a beginning is a message of its own.",
    truth="It continues nothing, so one side has lost a frame. The connection fails.",
    authority="RFC 6455 §5.4",
    lesson="websocket",
    see="5 · A message in pieces",
)

MESSAGES_MIX = Misconception(
    id="X1510",
    belief="A new message may begin before the last one has ended.",
    truth="Only control frames may come in between. The frames of two messages never mix.",
    authority="RFC 6455 §5.4",
    lesson="websocket",
    see="5 · A message in pieces",
)

TEXT_PER_FRAME = Misconception(
    id="X1511",
    belief="Each frame of a text is a text.",
    truth="The message is UTF-8. A character may begin in one frame and end in the next.",
    authority="RFC 6455 §5.6, §8.1",
    lesson="websocket",
    see="5 · A message in pieces",
)

TEXT_AT_THE_END = Misconception(
    id="X1512",
    belief="A text is checked when it is complete.",
    truth="A client can send a wrong octet, and then the rest of its message for hours. The "
    "connection fails as soon as the text cannot be UTF-8 any more.",
    authority="RFC 6455 §8.1",
    lesson="websocket",
    see="5 · A message in pieces",
)

HALF_A_CHARACTER = Misconception(
    id="X1513",
    belief="If the last character is incomplete, the rest of the text is still good.",
    truth="A message that ends inside a character is not UTF-8. Say that these octets are the last "
    "ones.",
    authority="RFC 6455 §8.1",
    lesson="websocket",
    see="5 · A message in pieces",
)

EMPTY_MESSAGE = Misconception(
    id="X1514",
    belief="A message without octets is not a message.",
    truth="Its frame has FIN, so the message is complete: an empty text, or empty octets. None says "
    "that there is no message yet.",
    authority="RFC 6455 §5.4, §5.6",
    lesson="websocket",
    see="5 · A message in pieces",
)

# hardening

ONE_BOUND = Misconception(
    id="X1520",
    belief="Whoever sends something in time is not slow.",
    truth="An octet every few seconds keeps every such timeout alive. The rate needs a bound as well.",
    authority="the docstring of RateFloor; Apache HTTP Server, mod_reqtimeout, MinRate",
    lesson="hardening",
    see="1 · Three bounds",
)
FAST_IS_CREDIT = Misconception(
    id="X1521",
    belief="A peer that was fast at first may be slow for as long as the average is good.",
    truth="Then a fast megabyte buys half an hour of silence. The account is never more than full.",
    authority="the docstring of RateFloor",
    lesson="hardening",
    see="1 · Three bounds",
)
LATE_IS_IN_TIME = Misconception(
    id="X1522",
    belief="If octets come in the end, the wait does not matter.",
    truth="When the account is empty, the server has already waited too long. Look before "
    "you put back.",
    authority="the docstring of RateFloor",
    lesson="hardening",
    see="1 · Three bounds",
)
TIME_GOES_ON = Misconception(
    id="X1523",
    belief="A difference of two times is never below 0.",
    truth="After the deadline it is, and settimeout() refuses a negative number. Return 0.0.",
    authority="Python library reference, socket: settimeout",
    lesson="hardening",
    see="1 · Three bounds",
)
SILENT_IS_SLOW = Misconception(
    id="X1524",
    belief="A slow client is one that says nothing.",
    truth="Every server has a timeout against silence. An octet now and then starts it anew.",
    authority="Apache HTTP Server, mod_reqtimeout; slowhttptest(1)",
    lesson="hardening",
    see="2 · Slow on purpose",
)
AN_ANSWER_IS_A_HIT = Misconception(
    id="X1525",
    belief="If the server does something, the attack has had an effect.",
    truth="A server that answers, or closes, is free again. This attack succeeds if nothing happens.",
    authority="RFC 9110 §15.5.9",
    lesson="hardening",
    see="2 · Slow on purpose",
)
ERRORS_ARE_MINE = Misconception(
    id="X1526",
    belief="An error of a connection is an error of my program.",
    truth="A server that defends itself resets the connection. For an attack, that is a result.",
    authority="RFC 9293 §3.10.7.4; send(2), EPIPE; recv(2), ECONNRESET",
    lesson="hardening",
    see="3 · Many at once",
)
FLOOD_IS_A_NUMBER = Misconception(
    id="X1528",
    belief="A flood is a large number of connects.",
    truth="A connection that has been closed costs the server nothing. What counts is how "
    "many are open.",
    authority="accept(2); the docstring of flood",
    lesson="hardening",
    see="3 · Many at once",
)
CONNECTED_IS_BUSY = Misconception(
    id="X1529",
    belief="Every connection keeps the server busy.",
    truth="A connection on which nothing was sent is idle, and an idle client makes room for another.",
    authority="RFC 9112 §9.5",
    lesson="hardening",
    see="3 · Many at once",
)
ONE_LIMIT_FOR_ALL = Misconception(
    id="X1530",
    belief="A limit for all connections protects the server.",
    truth="It protects the server, and nobody else: one address can take all the places.",
    authority="nginx, ngx_http_limit_conn_module",
    lesson="hardening",
    see="4 · The gate",
)
ZERO_COSTS_NOTHING = Misconception(
    id="X1531",
    belief="A count of 0 costs nothing.",
    truth="Its key does. There are 2**32 addresses of IPv4, and a dictionary forgets "
    "nothing by itself.",
    authority="the docstring of Gate.leave",
    lesson="hardening",
    see="4 · The gate",
)
REFUSED_COUNTS = Misconception(
    id="X1532",
    belief="First I count, then I look whether it was too many.",
    truth="Nobody calls leave() for a client that was refused, so its place is lost forever.",
    authority="the docstring of Gate.enter",
    lesson="hardening",
    see="4 · The gate",
)
CLOSE_COMES_BEFORE_ALL = Misconception(
    id="X1533",
    belief="To stop a server, first close its listener.",
    truth="Whoever is in its queue has connected, and perhaps asked already. The kernel "
    "resets them all.",
    authority="RFC 9293 §3.10.4; gunicorn issue 2529",
    lesson="hardening",
    see="5 · The last request",
)
THEY_LEAVE_BY_THEMSELVES = Misconception(
    id="X1534",
    belief="When nothing new is accepted, the connections end by themselves.",
    truth="A client keeps its connection for the next request, until the server says "
    "Connection: close.",
    authority="RFC 9112 §9.3, §9.6",
    lesson="hardening",
    see="5 · The last request",
)
QUEUES_GET_EMPTY = Misconception(
    id="X1535",
    belief="A queue that I empty gets empty.",
    truth="New clients enter it meanwhile. Only a deadline ends a server that is popular, or attacked.",
    authority="listen(2)",
    lesson="hardening",
    see="5 · The last request",
)
LATE_ARE_LEFT = Misconception(
    id="X1536",
    belief="When the time is over, the server has stopped.",
    truth="Those who are still connected hold their sockets and threads. They have to be cut off.",
    authority="the docstring of shut_down",
    lesson="hardening",
    see="5 · The last request",
)
PARSER_PROTECTS = Misconception(
    id="X1537",
    belief="The parser has refused CR and LF, so a path contains none.",
    truth="It contains %0d%0a, and whoever decodes the path has the line break.",
    authority="RFC 3986 §2.1; CWE-117",
    lesson="hardening",
    see="6 · What the log says",
)
ONLY_LINE_BREAKS = Misconception(
    id="X1538",
    belief="In a log, only line breaks are dangerous.",
    truth="ESC moves the cursor of the terminal that shows the log, and other characters "
    "end a line too.",
    authority="CWE-150; Unicode Standard Annex 14",
    lesson="hardening",
    see="6 · What the log says",
)
REMOVED_IS_SAFE = Misconception(
    id="X1539",
    belief="What is dangerous is removed, or replaced.",
    truth="Then the log does not say what was asked for. An escape says it, and does no harm.",
    authority="OWASP ASVS 5.0, V16.4.1",
    lesson="hardening",
    see="6 · What the log says",
)
QUOTES_ARE_LETTERS = Misconception(
    id="X1540",
    belief="A quote or a backslash is a character like any other.",
    truth="A quote ends the path for whoever reads the log, and a backslash begins an escape.",
    authority="CWE-117",
    lesson="hardening",
    see="6 · What the log says",
)
LINES_ARE_SHORT = Misconception(
    id="X1541",
    belief="A path is short.",
    truth="It is as long as the client wants, up to the limit of a head. Bound what the "
    "log keeps of it.",
    authority="RFC 9110 §4.1; OWASP ASVS 5.0, V16",
    lesson="hardening",
    see="6 · What the log says",
)
STOPPING_STOPS_AT_AN_ERROR = Misconception(
    id="X1542",
    belief="If the queue cannot be served, the server cannot stop properly.",
    truth="Others are being served, or are idle. They need the remaining steps all the same.",
    authority="accept(2), EMFILE; the docstring of shut_down",
    lesson="hardening",
    see="5 · The last request",
)

# speed

SENT_IS_DUE = Misconception(
    id="X1560",
    belief="A request's time begins when the request is sent.",
    truth="Somebody wanted the answer at the moment at which the request was due. If it was sent "
    "late because the answer before it was late, that wait is part of its latency.",
    authority="Gil Tene, How NOT to Measure Latency",
    lesson="speed",
    see="1 · When was it due?",
)
RATE_IS_A_PAUSE = Misconception(
    id="X1561",
    belief="At ten requests a second, each goes out a tenth of a second after the one before.",
    truth="Then one late answer moves all the requests that follow: the slower the server is, the "
    "less it is asked. Request n is due at start + n / rate, whatever the answers do.",
    authority="the docstring of paced; Gil Tene, How NOT to Measure Latency",
    lesson="speed",
    see="1 · When was it due?",
)
FAILURES_DO_NOT_COUNT = Misconception(
    id="X1562",
    belief="A request that failed has no latency.",
    truth="Somebody waited for it, and got nothing. If failures are left out, a server that fails "
    "under load looks fast.",
    authority="the docstrings of paced and summarise",
    lesson="speed",
    see="1 · When was it due?",
)
SLEEP_IS_EXACT = Misconception(
    id="X1563",
    belief="sleep(x) returns after exactly x seconds.",
    truth="It returns after at least x seconds, and often later. When something happened is known "
    "only by asking the clock at that moment.",
    authority="nanosleep(2); Python library reference, time: sleep",
    lesson="speed",
    see="1 · When was it due?",
)
EVERY_ERROR_IS_A_FAILURE = Misconception(
    id="X1564",
    belief="Whatever ask() raises means that the request failed.",
    truth="An OSError comes from the network. Any other error is a bug in the program that "
    "measures, and counting it as a failed request hides it.",
    authority="the docstring of paced",
    lesson="speed",
    see="1 · When was it due?",
)
ITS_OWN_CLOCK = Misconception(
    id="X1565",
    belief="A function may as well ask the module time.",
    truth="paced() is given the clock to use. A check gives it a clock of its own, on which hours "
    "pass in no time.",
    authority="the docstring of paced",
    lesson="speed",
    see="1 · When was it due?",
)
PERCENTILE_IS_AN_INDEX = Misconception(
    id="X1566",
    belief="The 99th percentile of n values is the one at index n * 99 / 100.",
    truth="Of 100 sorted values, 99 are enough, and the last of them has the index 98. "
    "Count how many values are needed, round up, and take one off for the index.",
    authority="the docstring of percentile; Hyndman and Fan 1996, definition 1",
    lesson="speed",
    see="2 · One in a hundred",
)
AVERAGE_OF_PERCENTILES = Misconception(
    id="X1567",
    belief="The p99 of all clients is the average of theirs.",
    truth="An average of percentiles is not the percentile of anything. One client may have all the "
    "slow requests. Put all samples into one list first.",
    authority="the docstring of summarise",
    lesson="speed",
    see="2 · One in a hundred",
)
SORT_MAKES_A_LIST = Misconception(
    id="X1568",
    belief="sort() gives me a sorted list.",
    truth="list.sort() changes the list itself, which belongs to the caller, and other iterables do "
    "not have it. sorted() makes a new list, of any iterable.",
    authority="Python library reference, sorted, list.sort",
    lesson="speed",
    see="2 · One in a hundred",
)
EACH_GROUP_HAS_SOME = Misconception(
    id="X1569",
    belief="Each client has measured something.",
    truth="A client that could not connect has no samples. An empty group adds nothing, and changes "
    "nothing.",
    authority="the docstring of summarise",
    lesson="speed",
    see="2 · One in a hundred",
)
TOTAL_IS_WORK = Misconception(
    id="X1570",
    belief="Each function of a stack is at work.",
    truth="Only the last one can be. The others wait for what they have called. If they are counted "
    "as well, main() is always the most expensive function.",
    authority="the docstring of tally; Python library reference, profile",
    lesson="speed",
    see="3 · What costs most?",
)
ONCE_FOR_EACH_CALL = Misconception(
    id="X1571",
    belief="A function is counted each time that its name is in a stack.",
    truth="A stack is one moment. A function that calls itself is in it several times, but the "
    "moment passes only once. Otherwise a share may be above 100 %.",
    authority="the docstring of tally",
    lesson="speed",
    see="3 · What costs most?",
)
ONLY_LEAVES_COUNT = Misconception(
    id="X1572",
    belief="A function that was never at work itself need not be listed.",
    truth="Its total says how much is spent below it: that is how you find the part to make faster.",
    authority="the docstring of tally",
    lesson="speed",
    see="3 · What costs most?",
)
COUNTER_IS_SORTED = Misconception(
    id="X1573",
    belief="A counter is in a useful order already.",
    truth="A Counter keeps the order in which the keys came. most_common() sorts by number only, "
    "and equal ones stay in the order in which they came.",
    authority="Python library reference, collections.Counter",
    lesson="speed",
    see="3 · What costs most?",
)
MISSING_REMEMBERS = Misconception(
    id="X1574",
    belief="A dictionary keeps what __missing__() returns.",
    truth="Python returns it to the caller, and keeps nothing. __missing__() has to store the "
    "value.",
    authority="Python library reference, dict",
    lesson="speed",
    see="4 · Made once",
)
MEMORY_MAY_GROW = Misconception(
    id="X1575",
    belief="What is remembered takes little memory.",
    truth="A client chooses the keys. It can invent a new one for each request, until the memory is "
    "full. Bound the number of keys.",
    authority="the docstring of Remembered; CWE-770",
    lesson="speed",
    see="4 · Made once",
)
NUMBER_IS_SIZE = Misconception(
    id="X1576",
    belief="A limit on the number of keys bounds the memory.",
    truth="A thousand values of a megabyte are a gigabyte. Bound the size of one value as well.",
    authority="the docstring of Remembered; CWE-770",
    lesson="speed",
    see="4 · Made once",
)
FAILURE_IS_A_VALUE = Misconception(
    id="X1577",
    belief="An error can be remembered like a value.",
    truth="An error belongs to the caller, who has to know. Nothing has been made, so there is "
    "nothing to remember.",
    authority="the docstring of Remembered.__missing__",
    lesson="speed",
    see="4 · Made once",
)
PAIRS_ARE_LEFT = Misconception(
    id="X1578",
    belief="If as many CR as LF are left, every line ends with CR LF.",
    truth="A CR in one line and a LF in another are a pair as well, once everything between them "
    "has been removed. Compare with the number of places at which the head was split.",
    authority="RFC 9112 §2.2; the docstring of lines_of",
    lesson="speed",
    see="5 · The ordinary request",
)
LINE_BY_LINE = Misconception(
    id="X1579",
    belief="To know that each line is good, I have to look at each line.",
    truth="A call for each line costs more than the look itself. translate() looks at all octets in "
    "one call, and so does split().",
    authority="Python library reference, bytes.translate",
    lesson="speed",
    see="5 · The ordinary request",
)
FAST_PATH_JUDGES = Misconception(
    id="X1580",
    belief="The fast path refuses what is wrong.",
    truth="It only says that something is not ordinary, with None. The readable code looks at it "
    "again, and knows the status and the place of the error.",
    authority="the docstring of lines_of",
    lesson="speed",
    see="5 · The ordinary request",
)
FAST_MAY_BE_LAX = Misconception(
    id="X1581",
    belief="The fast path may skip a check that hardly ever fails.",
    truth="The check fails for the request that an attacker writes. What the fast path cannot "
    "prove, it leaves to the readable code.",
    authority="the docstring of the chapter; RFC 9112 §11",
    lesson="speed",
    see="5 · The ordinary request",
)
DECODED_BY_ITSELF = Misconception(
    id="X1582",
    belief="I split the octets into lines, so each line has to be decoded.",
    truth="That is one call for each line. Decode the head once, and then split the text: its lines "
    "are text as well.",
    authority="Python library reference, bytes.decode",
    lesson="speed",
    see="5 · The ordinary request",
)

# capstone

INSERTED_IS_KEPT = Misconception(
    id="X1600",
    belief="What I have inserted is kept.",
    truth="In a transaction, nothing is kept before COMMIT. A change that is not committed disappears "
    "with the connection, and until then nobody else can write.",
    authority="SQLite documentation, BEGIN TRANSACTION",
    lesson="capstone",
    see="1 · What a crash leaves",
)
YIELD_IS_THE_BLOCK = Misconception(
    id="X1601",
    belief="@contextmanager calls my function, and uses what it returns.",
    truth="It needs a function with one `yield`. What is before it runs before the block, and what "
    "is after it runs after the block.",
    authority="Python library reference, contextlib: contextmanager",
    lesson="capstone",
    see="1 · What a crash leaves",
)
HALF_IS_BETTER = Misconception(
    id="X1602",
    belief="If a block fails, what it did before that is kept, or at least does no harm.",
    truth="Half of a change is often worse than none. And until a transaction is committed or rolled "
    "back, nobody else can write.",
    authority="SQLite documentation, ROLLBACK",
    lesson="capstone",
    see="1 · What a crash leaves",
)
EACH_STATEMENT_IS_KEPT = Misconception(
    id="X1603",
    belief="Statements that follow each other are one transaction.",
    truth="Without BEGIN, SQLite commits each statement by itself, and everybody sees the first "
    "before the second.",
    authority="SQLite documentation, BEGIN TRANSACTION",
    lesson="capstone",
    see="1 · What a crash leaves",
)
BEGIN_LOCKS = Misconception(
    id="X1604",
    belief="BEGIN keeps all others from writing.",
    truth="BEGIN does nothing until the first statement, and a SELECT does not take the writer's "
    "lock. Somebody else can then write, and what you have read is out of date. BEGIN IMMEDIATE "
    "takes the lock at the beginning, and waits for it.",
    authority="SQLite documentation, Isolation in SQLite; result code SQLITE_BUSY_SNAPSHOT",
    lesson="capstone",
    see="2 · Look, then insert",
)
OPENING_IS_FREE = Misconception(
    id="X1605",
    belief="I can open a connection wherever I need one.",
    truth="Each connection costs a descriptor, and memory. Borrow one from self.connection(), and "
    "give it back at the end of the block. Then the next block can use it.",
    authority="the docstring of Store.connection",
    lesson="capstone",
    see="1 · What a crash leaves",
)
ONE_CONNECTION_FOR_ALL = Misconception(
    id="X1606",
    belief="All threads can share one connection.",
    truth="A transaction belongs to a connection. If two threads share it, they are in the same "
    "transaction, and one of them can roll back what the other has done.",
    authority="Python library reference, sqlite3: connect, check_same_thread",
    lesson="capstone",
    see="1 · What a crash leaves",
)
BEGIN_ALWAYS_WORKS = Misconception(
    id="X1607",
    belief="BEGIN cannot fail, so it may be inside the `try`.",
    truth="If somebody else has the lock for too long, BEGIN IMMEDIATE raises an error. Then there is "
    "nothing to roll back, and ROLLBACK raises an error that hides the first one.",
    authority="SQLite documentation, result code SQLITE_BUSY",
    lesson="capstone",
    see="1 · What a crash leaves",
)
TEXT_IS_SQL = Misconception(
    id="X1608",
    belief="A value can be put into the text of a statement.",
    truth="A ' in the value ends it there, and the rest is run as SQL. Write ? and pass the values as "
    "a tuple: then they are never read as SQL.",
    authority="Python library reference, sqlite3: placeholders",
    lesson="capstone",
    see="2 · Look, then insert",
)
CLOCK_IS_THE_COMPUTERS = Misconception(
    id="X1609",
    belief="The time is what time.time() says.",
    truth="The store has a clock: self.clock(). It is usually time.time(), but a test can put another "
    "clock in its place.",
    authority="the docstring of Store.add",
    lesson="capstone",
    see="2 · Look, then insert",
)
SENT_TWICE_MEANS_TWO = Misconception(
    id="X1610",
    belief="A message that arrives twice is two messages.",
    truth="A client that got no answer sends its message again: it cannot know whether the server "
    "was killed before the commit or after it. The key says that it is the same message.",
    authority="RFC 9110 §9.2.2",
    lesson="capstone",
    see="2 · Look, then insert",
)
TABLE_DECIDES = Misconception(
    id="X1611",
    belief="UNIQUE in the table is enough.",
    truth="It makes the INSERT raise an error. That is a good safeguard, but the client needs an "
    "ordinary answer. So look first.",
    authority="SQLite documentation, CREATE TABLE: UNIQUE constraints",
    lesson="capstone",
    see="2 · Look, then insert",
)
MEMORY_IS_ENOUGH = Misconception(
    id="X1612",
    belief="The program remembers which messages it has kept.",
    truth="It does, until it is killed. Clients send their messages again after that, so the "
    "database has to know.",
    authority="the docstring of Store",
    lesson="capstone",
    see="2 · Look, then insert",
)
KEY_ALONE = Misconception(
    id="X1613",
    belief="Two messages with the same key are the same message.",
    truth="Clients choose their keys, and two of them may choose the same. A message has come before "
    "if this author already has one with this key.",
    authority="the docstring of Store.add",
    lesson="capstone",
    see="2 · Look, then insert",
)
SAME_TEXT = Misconception(
    id="X1614",
    belief="Two messages with the same text are the same message.",
    truth="People do say the same thing twice. Only the author and the key decide.",
    authority="the docstring of Store.add",
    lesson="capstone",
    see="2 · Look, then insert",
)
NOBODY_INSERTS_BETWEEN = Misconception(
    id="X1615",
    belief="What I have looked up is still true when I insert.",
    truth="Another thread, or another program, can insert the same message between the two. Look and "
    "insert in one transaction, which is the only writer from its beginning.",
    authority="SQLite documentation, BEGIN TRANSACTION",
    lesson="capstone",
    see="2 · Look, then insert",
)
SINCE_INCLUDES = Misconception(
    id="X1616",
    belief="“Since 7” begins with 7.",
    truth="The client names the last message that it has seen. With >= it would get that one twice.",
    authority="the docstring of Store.since",
    lesson="capstone",
    see="3 · What comes after",
)
ROW_IS_AN_OBJECT = Misconception(
    id="X1617",
    belief="A SELECT gives back what I put in.",
    truth="It gives a tuple for each row, with the columns in the order in which the SELECT names "
    "them. Post(*row) makes a message of it.",
    authority="Python library reference, sqlite3: Cursor.fetchone",
    lesson="capstone",
    see="3 · What comes after",
)
ROWS_HAVE_AN_ORDER = Misconception(
    id="X1618",
    belief="Rows come in the order in which they were inserted.",
    truth="Without ORDER BY, the database may give them in any order, such as that of an index which "
    "happens to be faster.",
    authority="SQLite documentation, SELECT: the ORDER BY clause",
    lesson="capstone",
    see="3 · What comes after",
)
LIMIT_IS_THE_NEWEST = Misconception(
    id="X1619",
    belief="A limit gives the newest messages.",
    truth="It gives the first ones in the order that you ask for. If the client got the newest first, "
    "it would never ask for those between.",
    authority="SQLite documentation, SELECT: the LIMIT clause",
    lesson="capstone",
    see="3 · What comes after",
)
READERS_QUEUE = Misconception(
    id="X1620",
    belief="A reader has to wait until the writer has finished.",
    truth="With a write-ahead log, a reader sees what was committed last, and waits for nobody. "
    "It only waits if it begins a writer's transaction itself.",
    authority="SQLite documentation, Write-Ahead Logging",
    lesson="capstone",
    see="3 · What comes after",
)
PUBLISHED_FIRST = Misconception(
    id="X1621",
    belief="The clients can get the message while it is being kept.",
    truth="If the commit fails, or the server is killed before it, they have seen a message that does "
    "not exist. Commit, then publish.",
    authority="SQLite documentation, Atomic Commit In SQLite",
    lesson="capstone",
    see="4 · Kept, then published",
)
TWO_SAFE_STEPS = Misconception(
    id="X1622",
    belief="If each of two steps is safe, both together are safe.",
    truth="Between them, another thread can keep and publish a later message. A client that has seen "
    "the later one never asks for the earlier one. Hold the lock during both steps.",
    authority="the docstring of Board.post",
    lesson="capstone",
    see="4 · Kept, then published",
)
LOCK_GIVES_ITSELF_BACK = Misconception(
    id="X1623",
    belief="A lock that I have taken is given back when my function ends.",
    truth="Only `with` does that, also after an error. Otherwise, all other threads wait forever.",
    authority="Python library reference, threading: Using locks in the with statement",
    lesson="capstone",
    see="4 · Kept, then published",
)
SOMEBODY_IS_EVERYBODY = Misconception(
    id="X1624",
    belief="Each client will get the message from somebody.",
    truth="Nobody else sends it. Your loop has to reach each seat once, whatever happens to the "
    "others.",
    authority="the docstring of Board.publish",
    lesson="capstone",
    see="4 · Kept, then published",
)
SLOW_CLIENTS_WAIT = Misconception(
    id="X1625",
    belief="A client that is too slow can stay, and skip a message.",
    truth="It would never notice the gap. When it connects again, it says which message it has seen "
    "last. So if offer() returns False, leave() the seat, and drop() it.",
    authority="the docstring of Board.deliver",
    lesson="capstone",
    see="4 · Kept, then published",
)
SOCKET_HAS_EVERYTHING = Misconception(
    id="X1626",
    belief="A client that connects again goes on where it was.",
    truth="What was sent in the meantime is lost: a new connection knows nothing of the old one. The "
    "client says what it has seen last, and gets what comes after it.",
    authority="RFC 9293 §3.3.1",
    lesson="capstone",
    see="5 · What was missed",
)
RESUMED_IS_ENOUGH = Misconception(
    id="X1627",
    belief="Once a client has what it missed, it is up to date.",
    truth="Until the next message. It has to be among the seats when that one is published.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
WHOLE_HISTORY = Misconception(
    id="X1628",
    belief="All missed messages can go out at once.",
    truth="There may be a million of them. With a page at a time, the client asks for the next page "
    "when it has read the one before.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
FULL_PAGE_IS_THE_LAST = Misconception(
    id="X1629",
    belief="A full page may be the last one.",
    truth="It may be, but you cannot know: you have read no more than PAGE. Let the client ask "
    "again. An empty page does no harm.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
LIVE_TOO_EARLY = Misconception(
    id="X1630",
    belief="A client can get new messages while it is still reading old ones.",
    truth="It would then ask for what comes after the new message, and miss the pages before it. A "
    "seat with more to read is not in `seats`.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
READ_THEN_JOIN = Misconception(
    id="X1631",
    belief="The client can be given the old messages first, and join the others a moment later.",
    truth="A message that is published between the two is in neither. If it joins first, a message "
    "may overtake older ones. Do both under the lock that post() holds.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
ONE_TEXT_ONE_MESSAGE = Misconception(
    id="X1632",
    belief="Each text of the server is one message.",
    truth="After a reconnection, one text may have a page of messages, or none at all.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
SINCE_STAYS = Misconception(
    id="X1633",
    belief="A client that connects again asks the same question as the first time.",
    truth="Then it would get everything once more. Ask for what comes after the last message that "
    "you have yielded.",
    authority="the docstring of follow",
    lesson="capstone",
    see="6 · A client that reconnects",
)
REPEATS_ARE_NEW = Misconception(
    id="X1634",
    belief="Whatever arrives is new.",
    truth="Another server may not be as careful as yours. The id shows which messages you have.",
    authority="the docstring of follow",
    lesson="capstone",
    see="6 · A client that reconnects",
)
CONNECTING_WORKS = Misconception(
    id="X1635",
    belief="Only receive() can fail.",
    truth="While the server is being restarted, connecting fails. Sending and closing may "
    "fail as well. Each of these errors is an OSError.",
    authority="connect(2), ECONNREFUSED",
    lesson="capstone",
    see="6 · A client that reconnects",
)
ALL_ERRORS_ARE_THE_NETWORK = Misconception(
    id="X1636",
    belief="Whatever goes wrong, the client should try again.",
    truth="A bug would then repeat itself forever, and nobody would see it. Only an OSError comes "
    "from the network.",
    authority="Python library reference, OSError",
    lesson="capstone",
    see="6 · A client that reconnects",
)
FIRST_PAGE_IS_ALL = Misconception(
    id="X1637",
    belief="The server sends everything that I have missed.",
    truth="It sends a page, and says that there is more. It sends the next page when you ask.",
    authority="the docstring of Board.resume",
    lesson="capstone",
    see="5 · What was missed",
)
ENDED_IS_CLOSED = Misconception(
    id="X1638",
    belief="A connection that has ended is closed.",
    truth="Your end is open until you close it. `with` does so before you wait, also after an error.",
    authority="close(2)",
    lesson="capstone",
    see="6 · A client that reconnects",
)
AN_END_IS_AN_ERROR = Misconception(
    id="X1639",
    belief="When a connection has ended, I get an error.",
    truth="When the server closes the WebSocket in an orderly way, receive() returns None, and there "
    "is no error. Wait and connect again in this case as well.",
    authority="the docstring of follow",
    lesson="capstone",
    see="6 · A client that reconnects",
)
STOPPING_IS_AN_ERROR = Misconception(
    id="X1640",
    belief="Any error at `yield` is about the connection.",
    truth="If the caller stops early, Python raises GeneratorExit there. Your function has to end "
    "then. GeneratorExit is not an Exception, and it is not an OSError.",
    authority="Python language reference, generator.close",
    lesson="capstone",
    see="6 · A client that reconnects",
)
