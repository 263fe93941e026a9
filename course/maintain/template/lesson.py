# %% [markdown]
# # Chapter 0 · How many bytes does a client send?
#
# Say in two or three sentences what the reader will watch, and what they will write afterwards.
#
# **Afterwards you can** count what arrives on a connection, and tell the end of a stream from a
# pause.
#
# **Time:** 5 minutes to read and run, 5 to write. **Where you stand:** name the earlier chapters that
# this one needs, and what it needs of them.

# %%
import socket
import sys

sys.path.insert(0, "..")  # the folder above, where `course` is

from course.notebook import check

client, server = socket.socketpair()  # two sockets that are connected to each other
print("connected:", client.fileno() != server.fileno())

# %% [markdown]
# ## Recall
#
# Ask three questions about earlier chapters. The answers are folded.
#
# <details><summary>Does the socket that listens also talk to a client?</summary>
#
# No. `accept()` returns a new socket for each client (accept(2)).
# </details>

# %% [markdown]
# ## 1. Bytes arrive in pieces
#
# **Predict:** the client sends 12 bytes at once. How many does `recv(5)` return?

# %%
client.sendall(b"hello, world")
print(server.recv(5))
print(server.recv(100))

# %% [markdown]
# > **You may think** that one `recv()` returns what one `send()` sent.
# > **In fact** it returns what has arrived, and never more than you allow (recv(2)). TCP carries a
# > *stream*: bytes in order, without marks between them (RFC 9293 §2.2).

# %% [markdown]
# ## 2. The stream ends with b''
#
# **Predict:** the client says that it has finished sending. What does `recv()` return, now and later?

# %%
client.shutdown(socket.SHUT_WR)
print(server.recv(100))
print(server.recv(100))

# %% [markdown]
# `b''` is the end of the stream, and it stays the end. While nothing has come *yet*, `recv()` waits.

# %% [markdown]
# ## 3. The end of the stream is not the end of the connection
#
# **Predict:** can the server still answer?

# %%
server.sendall(b"12 bytes")
print(client.recv(100))
client.close()
server.close()

# %% [markdown]
# It can. Each direction of a connection ends on its own (RFC 9293 §3.6).

# %% [markdown]
# ## The version that everyone writes first
#
# One `recv()` looks like enough. **Predict:** what does this count, of 5,000 bytes?


# %%
def first_count(conn: socket.socket) -> int:
    return len(conn.recv(1024))


client, server = socket.socketpair()
client.sendall(bytes(5000))
print(first_count(server))
client.close()
server.close()

# %% [markdown]
# 1,024: the first piece only.

# %% [markdown]
# ## Your turn
#
# Open `chapters/ch00_template.py` in your editor. One function waits for you.
#
# | task | write | it must survive |
# |---|---|---|
# | 1 | `count_bytes(conn)` | pieces of any size; a caller who wants to answer |
#
# ```
# python3 -m course check 0
# ```

# %%
check("template")

# %% [markdown]
# ## Explain
#
# <details><summary>A peer sent 3 bytes and paused. What does a second <code>recv()</code> do?</summary>
#
# It waits: the stream has not ended.
# </details>

# %% [markdown]
# ## In the wild
#
# Tell one real story, with its source. For example: until 2014, OpenSSL answered a heartbeat message
# with as many bytes as the message *said* it had, not as many as had arrived. It sent up to 64 kB of
# whatever came next in its memory, private keys included (CVE-2014-0160, "Heartbleed").
#
# **Next:** say what the next chapter asks.
