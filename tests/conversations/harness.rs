//! The parts of a conversation: the program, its peer, and the wire between them.

use std::mem;
use std::sync::Arc;

use rustls::server::ServerSessionMemoryCache;
use rustls::{ContentType, Error};
use testing::{Configs, Role, Setup};

use crate::application::{Action, Application, Behavior, Extraction, NewConnection};
use crate::remote_peer::RemotePeer;
use crate::trace::{Event, Trace};

/// Starts the program over one library.
pub(crate) type Open = fn(NewConnection) -> Result<Box<dyn Application>, Error>;

/// A conversation in progress.
pub(crate) struct Harness {
    pub(crate) setup: Setup,
    /// The program's role. The peer has the other one.
    pub(crate) role: Role,
    pub(crate) configs: Configs,
    offers: Option<&'static [&'static str]>,
    open: Open,
    /// `None` once the program has given its connection away.
    app: Option<Box<dyn Application>>,
    peer: RemotePeer,
    /// Bytes that were sent and have not arrived.
    to_app: Vec<u8>,
    to_peer: Vec<u8>,
    /// How many bytes arrive at once.
    piece: usize,
    trace: Trace,
}

impl Harness {
    pub(crate) fn new(
        setup: Setup,
        role: Role,
        configs: Configs,
        offers: Option<&'static [&'static str]>,
        open: Open,
    ) -> Self {
        Self {
            app: Some(start(open, &configs, offers, role)),
            peer: RemotePeer::new(&configs, role.other()),
            setup,
            role,
            configs,
            offers,
            open,
            to_app: Vec::new(),
            to_peer: Vec::new(),
            piece: usize::MAX,
            trace: Trace::default(),
        }
    }

    /// Ends the conversation, and returns the trace.
    pub(crate) fn into_trace(self) -> Trace {
        if let Some(app) = &self.app
            && !app.is_handshaking()
            && !app.has_failed()
        {
            app.assert_direct();
        }
        self.trace
    }

    /// Starts another connection with the same configs. Bytes on their way are lost.
    pub(crate) fn reconnect(&mut self) {
        self.step("reconnect".into());
        self.to_app.clear();
        self.to_peer.clear();
        self.app = Some(start(self.open, &self.configs, self.offers, self.role));
        self.peer = RemotePeer::new(&self.configs, self.role.other());
    }

    pub(crate) fn behavior(&mut self) -> &mut Behavior {
        self.app().behavior()
    }

    /// Delivers bytes to the program in pieces of this length.
    pub(crate) fn cut_into(&mut self, piece: usize) {
        self.piece = piece;
    }

    /// Completes the handshake, and delivers everything that both sides send.
    pub(crate) fn complete_handshake(&mut self) {
        self.exchange_all();
        assert!(!self.app().is_handshaking());
        assert!(!self.peer.rustls().conn.is_handshaking());
        self.app().assert_direct();
    }

    /// Lets each side send what it can before an answer arrives. The peer's first flight is then on its way.
    pub(crate) fn start_handshake(&mut self) {
        self.step("start_handshake".into());
        self.app().run();
        self.collect();
        self.peer_reads();
    }

    /// Passes bytes between the two until neither sends any more.
    pub(crate) fn exchange_all(&mut self) {
        self.step("exchange_all".into());
        loop {
            self.app().run();
            self.collect();
            self.peer_sends();
            if self.to_app.is_empty() && self.to_peer.is_empty() {
                break;
            }
            self.peer_reads();
            self.deliver();
        }
    }

    /// Delivers to the program the bytes that were sent to it.
    pub(crate) fn deliver(&mut self) {
        let wire = mem::take(&mut self.to_app);
        for piece in wire.chunks(self.piece) {
            self.app().receive(piece);
        }
        self.collect();
    }

    /// Delivers to the peer the bytes that were sent to it.
    pub(crate) fn peer_reads(&mut self) {
        let wire = mem::take(&mut self.to_peer);
        self.trace
            .0
            .extend(self.peer.read(&wire));
        self.peer_sends();
    }

    /// Writes `data` from the program, if its connection allows it.
    pub(crate) fn write(&mut self, data: &[u8]) {
        self.step(format!("write {} bytes", data.len()));
        self.perform(Action::Write(data.to_vec()));
    }

    /// Queues `data` to be written by the program as early data.
    pub(crate) fn plan_early_data(&mut self, data: &[u8]) {
        self.step(format!("plan {} bytes of early data", data.len()));
        self.app()
            .plan(Action::WriteEarlyData(data.to_vec()));
    }

    /// Queues `data` to be written by the program as soon as its connection allows it.
    pub(crate) fn plan_to_write(&mut self, data: &[u8]) {
        self.step(format!("plan to write {} bytes", data.len()));
        self.app()
            .plan(Action::Write(data.to_vec()));
    }

    /// Queues a close_notify of the program for as soon as its connection allows it.
    pub(crate) fn plan_to_close(&mut self) {
        self.step("plan to close".into());
        self.app().plan(Action::Close);
    }

    /// Empties the server's session store.
    pub(crate) fn forget_sessions(&mut self) {
        self.configs.server.session_storage = ServerSessionMemoryCache::new(32);
    }

    /// Closes the program's side.
    pub(crate) fn close(&mut self) {
        self.step("close".into());
        self.perform(Action::Close);
    }

    /// Refreshes the program's keys.
    pub(crate) fn refresh(&mut self) {
        self.step("refresh".into());
        self.perform(Action::RefreshKeys);
    }

    /// Runs the program without new input.
    pub(crate) fn run(&mut self) {
        self.step("run".into());
        self.app().run();
        self.collect();
    }

    /// Records the results of all getters.
    pub(crate) fn query_getters(&mut self) {
        let getters = self.app().getters();
        self.trace.0.push(getters);
    }

    /// Writes `data` from the peer.
    pub(crate) fn peer_writes(&mut self, data: &[u8]) {
        self.step(format!("peer writes {} bytes", data.len()));
        let sent = self.peer.rustls().send(data);
        self.trace
            .0
            .push(Event::PeerSent(sent.len()));
        self.to_app.extend(sent);
    }

    /// Writes early data from the peer, before anything else.
    pub(crate) fn peer_writes_early(&mut self, data: &[u8]) {
        self.step(format!("peer writes {} bytes early", data.len()));
        self.peer.write_early_data(data);
    }

    /// Closes the peer's side.
    pub(crate) fn peer_closes(&mut self) {
        self.step("peer closes".into());
        self.peer
            .rustls()
            .conn
            .send_close_notify();
        self.peer_sends();
    }

    /// Refreshes the peer's keys.
    pub(crate) fn peer_refreshes(&mut self) {
        self.step("peer refreshes".into());
        self.peer
            .rustls()
            .conn
            .refresh_traffic_keys()
            .expect("TLS 1.3");
        self.peer_sends();
    }

    /// Seals a record that rustls would not send with the peer's keys. After that, the peer is no longer rustls.
    pub(crate) fn peer_forges(&mut self, typ: ContentType, content: &[u8]) {
        self.step(format!("peer forges {typ:?} of {} bytes", content.len()));
        self.peer = mem::replace(&mut self.peer, RemotePeer::Gone).into_forger(&self.setup);
        let sent = self.peer.forger().seal(typ, content);
        self.trace
            .0
            .push(Event::PeerSent(sent.len()));
        self.to_app.extend(sent);
    }

    /// Makes the peer seal with its next key from here on.
    pub(crate) fn peer_takes_next_key(&mut self) {
        self.peer.forger().update_sealer();
    }

    /// Sends these bytes to the program as they are.
    pub(crate) fn inject(&mut self, junk: &[u8]) {
        self.step(format!("inject {} bytes", junk.len()));
        self.to_app.extend_from_slice(junk);
    }

    /// The bytes on their way to the program, to be altered.
    pub(crate) fn wire(&mut self) -> &mut Vec<u8> {
        &mut self.to_app
    }

    /// Consumes the program's connection for its secrets. If it gives them, they match the peer's.
    pub(crate) fn extract(&mut self, how: Extraction) {
        self.step(format!("extract, {how:?}"));
        let app = self.app.take().expect("a connection");
        let extracted = app
            .extract(how)
            .map_err(|error| match error {
                // The text after this is for people. (k): ours is not shown as unexpected.
                Error::General(_) | Error::Other(_) => "General".into(),
                error => format!("{error:?}"),
            });
        if let Ok(ours) = &extracted {
            let theirs = mem::replace(&mut self.peer, RemotePeer::Gone)
                .extract()
                .expect("a handshake that is complete");
            assert!(ours.tx == theirs.rx && ours.rx == theirs.tx);
        }
        let secrets = extracted.map(|extracted| {
            let seqs = (extracted.tx.seq, extracted.rx.seq);
            format!("{seqs:?}, kernel: {:?}", extracted.kernel)
        });
        self.trace
            .0
            .push(Event::Secrets(secrets));
    }

    fn app(&mut self) -> &mut dyn Application {
        &mut **self.app.as_mut().expect("a connection")
    }

    fn perform(&mut self, action: Action) {
        self.app().plan(action);
        self.app().run();
        self.collect();
    }

    fn peer_sends(&mut self) {
        let sent = self.peer.write();
        if !sent.is_empty() {
            self.trace
                .0
                .push(Event::PeerSent(sent.len()));
            self.to_app.extend(sent);
        }
    }

    fn step(&mut self, what: String) {
        self.trace.0.push(Event::Step(what));
    }

    /// Takes the events and the output of the program.
    fn collect(&mut self) {
        let app = self.app();
        let (seen, sent) = (app.seen(), app.outgoing());
        self.trace.0.extend(seen);
        self.to_peer.extend(sent);
    }
}

fn start(
    open: Open,
    configs: &Configs,
    offers: Option<&[&str]>,
    role: Role,
) -> Box<dyn Application> {
    let opening = match (role, offers) {
        (Role::Client, None) => NewConnection::Client {
            config: Arc::new(configs.client.clone()),
        },
        (Role::Client, Some(protocols)) => NewConnection::ClientWithAlpn {
            config: Arc::new(configs.client.clone()),
            protocols: protocols
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect(),
        },
        (Role::Server, _) => NewConnection::Server {
            config: Arc::new(configs.server.clone()),
        },
    };
    open(opening).expect("a connection")
}
