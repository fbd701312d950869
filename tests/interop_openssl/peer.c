/* An OpenSSL peer that performs the steps in its arguments, one after the other.
 *
 *     peer client|server PORT 1.2|1.3 SUITE [STEP...]
 *
 * It does what the command line tools cannot: they answer a close_notify at once, and end. A server chooses its port,
 * whatever PORT is, and prints its address. The steps are:
 *
 *     send N                       sends N bytes from the standard input
 *     receive N                    receives N bytes to the standard output, and answers KeyUpdates at once
 *     ask N                        likewise, and sends a KeyUpdate with a request after each record
 *     close                        sends a close_notify, and continues to read
 *     closed                       reads the peer's close_notify
 *     export LABEL CONTEXT N       prints N bytes of keying material; the context "-" is none
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

static void expect(int ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "%s\n", what);
        ERR_print_errors_fp(stderr);
        exit(1);
    }
}

static int connected_socket(int is_server, int port)
{
    struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons(port) };
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    expect(fd >= 0, "socket");
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (!is_server) {
        expect(connect(fd, (struct sockaddr *)&addr, len) == 0, "connect");
        return fd;
    }
    addr.sin_port = 0;
    expect(bind(fd, (struct sockaddr *)&addr, len) == 0, "bind");
    expect(listen(fd, 1) == 0, "listen");
    expect(getsockname(fd, (struct sockaddr *)&addr, &len) == 0, "getsockname");
    printf("ACCEPT 127.0.0.1:%d\n", ntohs(addr.sin_port));
    fflush(stdout);
    fd = accept(fd, NULL, NULL);
    expect(fd >= 0, "accept");
    return fd;
}

static SSL *connection(int is_server, const char *version, const char *suite)
{
    int is_tls13 = strcmp(version, "1.3") == 0;
    int number = is_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    SSL_CTX *ctx = SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    SSL *ssl;

    expect(ctx != NULL, "SSL_CTX_new");
    expect(SSL_CTX_set_min_proto_version(ctx, number), "version");
    expect(SSL_CTX_set_max_proto_version(ctx, number), "version");
    expect(is_tls13 ? SSL_CTX_set_ciphersuites(ctx, suite) : SSL_CTX_set_cipher_list(ctx, suite), "suite");
    if (is_server) {
        expect(SSL_CTX_use_certificate_chain_file(ctx, "certificate.pem"), "certificate.pem");
        expect(SSL_CTX_use_PrivateKey_file(ctx, "key.pem", SSL_FILETYPE_PEM), "key.pem");
    } else {
        expect(SSL_CTX_load_verify_locations(ctx, "certificate.pem", NULL), "certificate.pem");
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    }
    ssl = SSL_new(ctx);
    expect(ssl != NULL, "SSL_new");
    if (!is_server) {
        expect(SSL_set1_host(ssl, "localhost"), "name");
        SSL_set_connect_state(ssl);
    } else {
        SSL_set_accept_state(ssl);
    }
    return ssl;
}

static void send_data(SSL *ssl, size_t len)
{
    static char data[16384];

    while (len > 0) {
        ssize_t some = read(STDIN_FILENO, data, sizeof(data));

        expect(some > 0 && (size_t)some <= len, "standard input");
        expect(SSL_write(ssl, data, some) == some, "send");
        len -= some;
    }
}

static void receive_data(SSL *ssl, size_t len, int asks)
{
    static char data[16384];

    while (len > 0) {
        int some = SSL_read(ssl, data, sizeof(data));

        expect(some > 0 && (size_t)some <= len, "receive");
        expect(fwrite(data, some, 1, stdout) == 1 && fflush(stdout) == 0, "standard output");
        len -= some;
        /* An owed answer would wait for the next write. */
        if (asks || SSL_get_key_update_type(ssl) != SSL_KEY_UPDATE_NONE) {
            expect(SSL_key_update(ssl, asks ? SSL_KEY_UPDATE_REQUESTED : SSL_KEY_UPDATE_NOT_REQUESTED), "KeyUpdate");
            expect(SSL_do_handshake(ssl) == 1, "KeyUpdate");
        }
    }
}

static void receive_close(SSL *ssl)
{
    char byte;
    int len = SSL_read(ssl, &byte, 1);

    expect(SSL_get_error(ssl, len) == SSL_ERROR_ZERO_RETURN, "closed");
}

static void export(SSL *ssl, const char *label, const char *context, size_t len)
{
    unsigned char material[1000];
    int has_context = strcmp(context, "-") != 0;
    size_t i;

    expect(len <= sizeof(material), "export");
    expect(SSL_export_keying_material(ssl, material, len, label, strlen(label), (const unsigned char *)context,
                                      has_context ? strlen(context) : 0, has_context) == 1, "export");
    printf("    Keying material: ");
    for (i = 0; i < len; i++)
        printf("%02X", material[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    int is_server, i;
    SSL *ssl;

    signal(SIGPIPE, SIG_IGN);
    expect(argc >= 5, "usage");
    is_server = strcmp(argv[1], "server") == 0;
    ssl = connection(is_server, argv[3], argv[4]);
    expect(SSL_set_fd(ssl, connected_socket(is_server, atoi(argv[2]))), "SSL_set_fd");
    expect(SSL_do_handshake(ssl) == 1, "handshake");

    for (i = 5; i < argc; i++) {
        const char *step = argv[i];

        if (strcmp(step, "send") == 0 && i + 1 < argc) {
            send_data(ssl, atol(argv[++i]));
        } else if (strcmp(step, "receive") == 0 && i + 1 < argc) {
            receive_data(ssl, atol(argv[++i]), 0);
        } else if (strcmp(step, "ask") == 0 && i + 1 < argc) {
            receive_data(ssl, atol(argv[++i]), 1);
        } else if (strcmp(step, "close") == 0) {
            expect(SSL_shutdown(ssl) >= 0, "close");
        } else if (strcmp(step, "closed") == 0) {
            receive_close(ssl);
        } else if (strcmp(step, "export") == 0 && i + 3 < argc) {
            export(ssl, argv[i + 1], argv[i + 2], atol(argv[i + 3]));
            i += 3;
        } else {
            expect(0, step);
        }
    }
    return 0;
}
