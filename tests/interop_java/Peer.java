import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A peer with Java's own TLS 1.3. It waits for one byte, sends, and then receives the rest.
 *
 * It has only one thread. Of two threads, each may find a worn key, and sometimes both replace Java's sending key by the
 * same next key.
 *
 *     java Peer client|server PORT SUITE SEND RECEIVE
 *
 * It reads certificate.pem and key.pem from its directory. A server chooses its port, whatever PORT is, and prints it.
 * SEND and RECEIVE are numbers of bytes, and in both directions the bytes are those of the tests' `pattern`. Once it has
 * received all of them, the program sends one more byte, and waits for the peer's close_notify. Java fails if the
 * close_notify arrives before the answer to a KeyUpdate.
 */
public final class Peer {
    private static final char[] NO_PASSWORD = {};

    public static void main(String[] args) throws Exception {
        SSLSocket socket = connect(args[0].equals("server"), Integer.parseInt(args[1]));
        socket.setEnabledProtocols(new String[] {"TLSv1.3"});
        socket.setEnabledCipherSuites(new String[] {args[2]});
        socket.startHandshake();
        int toSend = Integer.parseInt(args[3]);
        int toReceive = Integer.parseInt(args[4]);

        InputStream in = socket.getInputStream();
        OutputStream out = socket.getOutputStream();
        receive(in, 0, 1);
        send(out, 0, toSend);
        receive(in, 1, toReceive);
        send(out, toSend, toSend + 1);
        if (in.read() != -1) {
            throw new IOException("more data than expected");
        }
        socket.close();
    }

    private static SSLSocket connect(boolean isServer, int port) throws Exception {
        SSLContext context = context();
        if (!isServer) {
            return (SSLSocket) context.getSocketFactory().createSocket("localhost", port);
        }
        SSLServerSocket listener = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0);
        System.out.println(listener.getLocalPort());
        return (SSLSocket) listener.accept();
    }

    /** Returns a context that has the certificate, and trusts it. */
    private static SSLContext context() throws Exception {
        Certificate certificate;
        try (FileInputStream pem = new FileInputStream("certificate.pem")) {
            certificate = CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
        String pem = Files.readString(Path.of("key.pem")).replaceAll("-----.*-----", "");
        byte[] pkcs8 = Base64.getMimeDecoder().decode(pem);
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));

        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", key, NO_PASSWORD, new Certificate[] {certificate});
        store.setCertificateEntry("certificate", certificate);
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    private static void send(OutputStream out, int begin, int end) throws IOException {
        byte[] data = new byte[16384];
        for (int sent = begin; sent < end; sent += data.length) {
            fill(data, sent);
            out.write(data, 0, Math.min(data.length, end - sent));
        }
    }

    private static void receive(InputStream in, int begin, int end) throws IOException {
        byte[] data = new byte[16384];
        byte[] expected = new byte[16384];
        int received = begin;
        while (received < end) {
            int some = in.read(data, 0, Math.min(data.length, end - received));
            if (some < 0) {
                throw new IOException("ended after " + received + " bytes");
            }
            fill(expected, received);
            if (!Arrays.equals(data, 0, some, expected, 0, some)) {
                throw new IOException("wrong data after " + received + " bytes");
            }
            received += some;
        }
    }

    /** Fills `data` with the bytes of the pattern from `at` on. */
    private static void fill(byte[] data, int at) {
        for (int i = 0; i < data.length; i++) {
            int place = at + i;
            data[i] = (byte) (place ^ (place >> 8) * 31 ^ (place >> 16) * 17);
        }
    }
}
