"""Captures records of OpenSSL, and writes them with their keys to openssl.txt in provider-test/src/vectors.

    python3 -m venv venv
    venv/bin/pip install cryptography
    venv/bin/python tests/vectors/capture.py

`openssl s_client` talks to `openssl s_server` through a proxy that records the bytes. The script derives the keys from
the key log, opens the records, and compares their content with the data that was sent.
"""

import contextlib
import hmac
import pathlib
import shlex
import socket
import struct
import subprocess
import tempfile
import threading
import time

from cryptography.exceptions import InvalidTag

import confirm

OUT = confirm.VECTORS / "openssl.txt"

# rustls's name of a suite, its number on the wire, and the options with which OpenSSL uses it.
SUITES = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02B, "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xC02C, "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA9, "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305"),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC02F, "-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256"),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xC030, "-tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384"),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xCCA8, "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305"),
    ("TLS13_CHACHA20_POLY1305_SHA256", 0x1303, "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256"),
    ("TLS13_AES_256_GCM_SHA384", 0x1302, "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384"),
]

# The data that the two sides send in turns. s_client takes a line that begins with Q, R, K or k for a command.
MESSAGES = [
    ("client", b"a line from the client\n"),
    ("server", b"a line from the server\n"),
    ("client", (bytes(range(256)) * 5)[:1203]),
]

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = range(20, 24)
TYPES = {ALERT: "alert", HANDSHAKE: "handshake", APPLICATION_DATA: "application data"}


def main():
    version = subprocess.run(["openssl", "version"], check=True, capture_output=True, text=True).stdout.strip()
    intro = (
        f"# Records captured from {version}.\n"
        "#\n"
        "# Made by capture.py with the commands above each capture; proxy.sock leads to server.sock. Keys are derived\n"
        "# from the key log.\n"
        "#\n"
        "# OpenSSL chooses the explicit nonces of TLS 1.2 AES-GCM as it likes. So each of these records has an iv of\n"
        "# its own: the salt, and then the explicit nonce XOR seq.\n"
    )
    OUT.write_text("\n".join([intro, *(block for suite in SUITES for block in capture(*suite))]))


def capture(suite, number, options):
    """Yields the blocks of one connection."""
    certificate, server, client = commands(suite, options)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run(certificate, cwd=folder, check=True, capture_output=True)
        captured = run_connection(folder, server, client)
        secrets = key_log(folder / "server.keys")
        if secrets != key_log(folder / "client.keys"):
            raise ValueError("the two key logs differ")

    client_random, server_random, negotiated = read_hellos(captured)
    if negotiated != number:
        raise ValueError(f"negotiated {negotiated:#06x}")
    keys = derive(suite, client_random, server_random, secrets)

    yield "".join(f"# {shlex.join(command)}\n" for command in (certificate, server, client))
    for side in ("client", "server"):
        opened = list(open_all(suite, *keys[side], captured[side]))
        data = [content for _, _, typ, content, _, _ in opened if typ == APPLICATION_DATA]
        if data != [sent for sender, sent in MESSAGES if sender == side]:
            raise ValueError(f"{suite}: the {side}'s records do not hold what it sent")
        for seq, iv, typ, content, padding, record in opened:
            yield (
                f"name = {suite} {side} {seq}, {TYPES[typ]}\n"
                f"suite = {suite}\n"
                f"key = {keys[side][0].hex()}\n"
                f"iv = {iv.hex()}\n"
                f"seq = {seq}\n"
                f"type = {typ}\n"
                f"content = {content.hex()}\n"
                + (f"padding = {padding}\n" if padding else "")
                + f"record = {record.hex()}\n"
            )


def commands(suite, options):
    """Returns the commands that make the certificate, serve and connect."""
    key = "rsa:2048" if "_RSA_" in suite else "ec -pkeyopt ec_paramgen_curve:P-256"
    if suite == "TLS13_AES_256_GCM_SHA384":
        # Padded records, which only s_server can make.
        server_options = f"{options} -num_tickets 1 -record_padding 64"
    elif suite.startswith("TLS13_"):
        server_options = f"{options} -num_tickets 1"
    else:
        server_options = options
    return [
        command.split()
        for command in (
            f"openssl req -x509 -newkey {key} -nodes -subj /CN=localhost -keyout key.pem -out cert.pem",
            f"openssl s_server -unix server.sock -naccept 1 -quiet {server_options}"
            " -key key.pem -cert cert.pem -keylogfile server.keys",
            f"openssl s_client -unix proxy.sock -quiet -no_ign_eof {options} -keylogfile client.keys",
        )
    ]


def run_connection(folder, server_command, client_command):
    """Runs the two commands, and returns all bytes that each side sent."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "proxy.sock"))
    listener.listen()
    listener.settimeout(10)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "cwd": folder}
    with (
        listener,
        subprocess.Popen(server_command, **pipes) as server,
        connect(str(folder / "server.sock")) as to_server,
        subprocess.Popen(client_command, **pipes) as client,
        listener.accept()[0] as to_client,
    ):
        captured = {"client": bytearray(), "server": bytearray()}
        pumps = [
            threading.Thread(target=pump, args=(to_client, to_server, captured["client"])),
            threading.Thread(target=pump, args=(to_server, to_client, captured["server"])),
        ]
        for thread in pumps:
            thread.start()
        for sender, data in MESSAGES:
            source, sink = (client, server) if sender == "client" else (server, client)
            source.stdin.write(data)
            source.stdin.flush()
            # Wait until the data has arrived. Otherwise OpenSSL might put the next data into the same record.
            if sink.stdout.read(len(data)) != data:
                raise ValueError("other data arrived")
        # s_client closes the connection at the end of its input.
        client.stdin.close()
        for thread in pumps:
            thread.join()
    return captured


def connect(path):
    """Connects to s_server once it listens."""
    for _ in range(1000):
        stream = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(FileNotFoundError, ConnectionRefusedError):
            stream.connect(path)
            return stream
        stream.close()
        time.sleep(0.01)
    raise TimeoutError("s_server does not listen")


def pump(source, sink, captured):
    # The side that closes first does not read the other's last bytes, but they are recorded here.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        while data := source.recv(1 << 16):
            captured += data
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


def key_log(path):
    """Reads the secrets by label and client random."""
    lines = [line.split() for line in path.read_text().splitlines() if not line.startswith("#")]
    return {(label, bytes.fromhex(random)): bytes.fromhex(secret) for label, random, secret in lines}


def records(stream):
    stream = bytes(stream)
    while stream:
        length = confirm.HEADER_LEN + int.from_bytes(stream[3:5], "big")
        yield stream[:length]
        stream = stream[length:]


def read_hellos(captured):
    """Returns both randoms, and the suite that the server chose."""
    # A hello begins with type and length (4 bytes) and version (2). Random and session id follow. RFC 5246 s7.4.1.
    client_hello, server_hello = (next(records(captured[side]))[confirm.HEADER_LEN :] for side in ("client", "server"))
    after_session_id = 39 + server_hello[38]
    suite = server_hello[after_session_id : after_session_id + 2]
    return client_hello[6:38], server_hello[6:38], int.from_bytes(suite, "big")


def derive(suite, client_random, server_random, secrets):
    """Derives key and iv of each side. For TLS 1.2 AES-GCM, the salt takes the place of the iv."""
    digest = suite.rpartition("_")[2]
    key_len = 16 if "AES_128" in suite else 32
    if confirm.is_tls13(suite):
        # RFC 8446 s7.3
        keys = {}
        for side in ("client", "server"):
            secret = secrets[f"{side.upper()}_TRAFFIC_SECRET_0", client_random]
            keys[side] = expand_label(digest, secret, b"key", key_len), expand_label(digest, secret, b"iv", 12)
        return keys
    # RFC 5246 s6.3, without MAC keys
    iv_len = 4 if confirm.is_gcm(suite) else 12
    master = secrets["CLIENT_RANDOM", client_random]
    block = prf(digest, master, b"key expansion" + server_random + client_random, 2 * (key_len + iv_len))
    keys, ivs = block[: 2 * key_len], block[2 * key_len :]
    return {"client": (keys[:key_len], ivs[:iv_len]), "server": (keys[key_len:], ivs[iv_len:])}


def expand_label(digest, secret, label, length):
    """HKDF-Expand-Label of RFC 8446 s7.1, for an empty context and at most one block."""
    label = b"tls13 " + label
    info = struct.pack("!HB", length, len(label)) + label + b"\0"
    return hmac.digest(secret, info + b"\1", digest)[:length]


def prf(digest, secret, seed, length):
    """The PRF of RFC 5246 s5. The seed begins with the label."""
    a, out = seed, b""
    while len(out) < length:
        a = hmac.digest(secret, a, digest)
        out += hmac.digest(secret, a + seed, digest)
    return out[:length]


def open_all(suite, key, iv, stream):
    """Yields sequence number, iv, type, content, length of padding and bytes of each record under the key."""
    seq = 0
    protected = False
    for record in records(stream):
        if not protected:
            protected = record[0] == CHANGE_CIPHER_SPEC
            continue
        try:
            typ, content, padding = confirm.open_record(suite, key, iv, seq, record)
        except InvalidTag:
            # In TLS 1.3, records of the handshake precede the others, under other keys.
            if confirm.is_tls13(suite) and seq == 0:
                continue
            raise
        # rustls-direct would choose another explicit nonce. With this iv it chooses the same one.
        own_iv = iv + confirm.xor(record[5:13], seq.to_bytes(8, "big")) if len(iv) == 4 else iv
        yield seq, own_iv, typ, content, padding, record
        seq += 1


if __name__ == "__main__":
    main()
