# %% [markdown]
# # Chapter 0 · How many bytes does a client send?
#
# Say in two or three sentences what the reader will watch, and what they will write.
#
# **Afterwards you can** count what arrives on a connection, and tell the end of a stream from a
# pause.
#
# **Time:** 8 minutes to read and run, about 9 to write. **Where you are:** name the earlier chapters
# that this one needs, and what it needs of them.

# %%
import socket
import sys

sys.path.insert(0, "..")  # the folder above, where `course` is

from course.notebook import check, guess, guesses, recall

print("Ready. Python", sys.version_info.major)

# %% [markdown]
# ## Recall
#
# First, a second try at what surprised you in earlier chapters:

# %%
recall("template")

# %% [markdown]
# Then ask three questions about earlier chapters. The answers are folded.
#
# <details><summary>Does the socket that listens also talk to a client?</summary>
#
# No. `accept()` returns a new socket for each client (accept(2)).
# </details>

# %% [markdown]
# ## 1 · Bytes arrive in pieces
#
# These two sockets are connected to each other. The client sends 12 bytes with one call:

# %%
client, server = socket.socketpair()
client.sendall(b"hello, world")
print("sent")

# %% [markdown]
# Before a central demonstration, the reader commits a guess. Its question is in the `.toml` file
# beside the lesson. Nothing that is visible before the next cell runs may give the answer away.

# %%
guess("template-first-piece")

# %%
print(server.recv(5))
print(server.recv(100))

# %% [markdown]
# > **You may think** that one `recv()` returns what one `send()` sent.
# > **In fact** it returns what has arrived, and never more than you allow (recv(2)). TCP carries
# > bytes in order, without marks between them (RFC 9293 §2.2).
#
# The version that everyone writes first relies on one `recv()`. **Guess:** what does it count here,
# of 5,000 bytes?


# %%
def first_count(conn: socket.socket) -> int:
    return len(conn.recv(1024))


client.sendall(bytes(5000))
print(first_count(server))

# %% [markdown]
# It counts the first piece only. A new term is marked with `<dfn>`, once in the course, in the sentence
# that explains it. What it means is in `notebooks/glossary.toml`.

# %% [markdown]
# ### Write task 1 · `count_bytes`
#
# Open `chapters/ch00_template.py` and write `count_bytes`. Save the file, then run this cell.

# %%
check("template", task=1)

# %% [markdown]
# ## 2 · The stream ends with b''
#
# The server takes the rest of the 5,000 bytes, and the client says that it has finished sending.
# **Guess:** what does `recv()` return, now and later?

# %%
print(len(server.recv(5000)))
client.shutdown(socket.SHUT_WR)
print(server.recv(100))
print(server.recv(100))

# %% [markdown]
# `b''` is the end of the stream, and it stays the end (recv(2)). While nothing has come *yet*, `recv()`
# waits. **Guess:** can the server still answer?

# %%
server.sendall(b"12 bytes")
print(client.recv(100))
client.close()
server.close()

# %% [markdown]
# It can. Each direction of a connection ends on its own (RFC 9293 §3.6).

# %% [markdown]
# ### Write task 2 · `answer`
#
# Write `answer`: it counts, and then it sends the number back.

# %%
check("template", task=2)

# %% [markdown]
# ## 3 · One client after another
#
# A server needs a listener. **Guess:** which of the two sockets is the client's other end?

# %%
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
conn, _peer = listener.accept()
print("the listener:", listener.getsockname() == client.getpeername() and listener is conn)
print("the new one:", conn.getpeername() == client.getsockname())
for sock in (client, conn, listener):
    sock.close()

# %% [markdown]
# `accept()` returns a new socket, and that one talks to the client (accept(2)).

# %% [markdown]
# ### Write task 3 · `serve_one`
#
# Accept one client, answer, and close its connection.

# %%
check("template", task=3)

# %% [markdown]
# ## Run it
#
# Let the reader's own program talk to a real client. This needs two terminals; in JupyterLab, *File →
# New → Terminal* opens one.
#
# ```
# python3 -m chapters.ch00_template --port 8000
# ```
#
# ```
# printf 'hello' | nc -N 127.0.0.1 8000
# ```

# %%
check("template")

# %% [markdown]
# ## Explain
#
# Show a failing trace to diagnose, and ask questions to be answered from memory.
#
# <details><summary>A peer sent 3 bytes and paused. What does a second <code>recv()</code> do?</summary>
#
# It waits: the stream has not ended.
# </details>
#
# What you guessed, and what happened:

# %%
guesses("template")

# %% [markdown]
# ## In the wild
#
# Tell one real story, with its source. For example: until 2014, OpenSSL answered a heartbeat message
# with as many bytes as the message *said* it had, not as many as had arrived. It sent up to 64 kB of
# whatever came next in its memory, private keys included (CVE-2014-0160, "Heartbleed").
#
# **Next:** nothing yet.
