//! Where a script is played: the program, its peer, and the wire between them.

use std::mem;
use std::sync::Arc;

use rustls::server::ServerSessionMemoryCache;
use rustls::{ContentType, Error};
use testing::{Configs, Role, Setup};

use crate::application::{Application, Deed, Extraction, Habits, Opening};
use crate::opposite::Opposite;
use crate::trace::{Event, Trace};

/// Starts the program over one library.
pub(crate) type Open = fn(Opening) -> Result<Box<dyn Application>, Error>;

/// A conversation that is going on.
pub(crate) struct Stage {
    pub(crate) setup: Setup,
    /// The program's. The peer has the other.
    pub(crate) role: Role,
    pub(crate) configs: Configs,
    offers: Option<&'static [&'static str]>,
    open: Open,
    /// Until it gives its connection away.
    app: Option<Box<dyn Application>>,
    peer: Opposite,
    /// What was sent and did not arrive yet.
    to_app: Vec<u8>,
    to_peer: Vec<u8>,
    /// How many bytes arrive at once.
    piece: usize,
    trace: Trace,
}

impl Stage {
    pub(crate) fn new(
        setup: Setup,
        role: Role,
        configs: Configs,
        offers: Option<&'static [&'static str]>,
        open: Open,
    ) -> Self {
        Self {
            app: Some(start(open, &configs, offers, role)),
            peer: Opposite::new(&configs, role.other()),
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

    /// The end, and what was seen.
    pub(crate) fn into_trace(self) -> Trace {
        if let Some(app) = &self.app
            && !app.is_handshaking()
            && !app.has_failed()
        {
            app.assert_direct();
        }
        self.trace
    }

    /// Another connection with the same configs. What was on its way is lost.
    pub(crate) fn reconnect(&mut self) {
        self.step("reconnect".into());
        self.to_app.clear();
        self.to_peer.clear();
        self.app = Some(start(self.open, &self.configs, self.offers, self.role));
        self.peer = Opposite::new(&self.configs, self.role.other());
    }

    pub(crate) fn habits(&mut self) -> &mut Habits {
        self.app().habits()
    }

    /// What is delivered to the program comes in pieces of this many bytes.
    pub(crate) fn cut_into(&mut self, piece: usize) {
        self.piece = piece;
    }

    /// Completes the handshake, and says all that is to be said.
    pub(crate) fn shake_hands(&mut self) {
        self.settle();
        assert!(!self.app().is_handshaking());
        assert!(!self.peer.rustls().conn.is_handshaking());
        self.app().assert_direct();
    }

    /// Has each side send what it can without having been answered: the peer's first flight is then on its way.
    pub(crate) fn meet(&mut self) {
        self.step("meet".into());
        self.app().run();
        self.collect();
        self.peer_reads();
    }

    /// Passes bytes between the two until neither has any more to say.
    pub(crate) fn settle(&mut self) {
        self.step("settle".into());
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

    /// Delivers to the program what was sent to it.
    pub(crate) fn deliver(&mut self) {
        let wire = mem::take(&mut self.to_app);
        for piece in wire.chunks(self.piece) {
            self.app().receive(piece);
        }
        self.collect();
    }

    /// Delivers to the peer what was sent to it.
    pub(crate) fn peer_reads(&mut self) {
        let wire = mem::take(&mut self.to_peer);
        self.trace
            .0
            .extend(self.peer.read(&wire));
        self.peer_sends();
    }

    /// The program writes `data`, if it may.
    pub(crate) fn write(&mut self, data: &[u8]) {
        self.step(format!("write {} bytes", data.len()));
        self.does(Deed::Write(data.to_vec()));
    }

    /// The program is to write `data` as early data.
    pub(crate) fn plan_early_data(&mut self, data: &[u8]) {
        self.step(format!("plan {} bytes of early data", data.len()));
        self.app()
            .plan(Deed::WriteEarlyData(data.to_vec()));
    }

    /// The program is to write `data` as soon as it may.
    pub(crate) fn plan_to_write(&mut self, data: &[u8]) {
        self.step(format!("plan to write {} bytes", data.len()));
        self.app()
            .plan(Deed::Write(data.to_vec()));
    }

    /// The program is to close its side as soon as it may.
    pub(crate) fn plan_to_close(&mut self) {
        self.step("plan to close".into());
        self.app().plan(Deed::Close);
    }

    /// The server remembers nobody.
    pub(crate) fn forget_sessions(&mut self) {
        self.configs.server.session_storage = ServerSessionMemoryCache::new(32);
    }

    /// The program closes its side.
    pub(crate) fn close(&mut self) {
        self.step("close".into());
        self.does(Deed::Close);
    }

    /// The program asks for new keys.
    pub(crate) fn refresh(&mut self) {
        self.step("refresh".into());
        self.does(Deed::RefreshKeys);
    }

    /// The program goes on without being given anything new.
    pub(crate) fn run(&mut self) {
        self.step("run".into());
        self.app().run();
        self.collect();
    }

    /// The program asks everything that can be asked.
    pub(crate) fn ask(&mut self) {
        let getters = self.app().getters();
        self.trace.0.push(getters);
    }

    /// The peer writes `data`.
    pub(crate) fn peer_writes(&mut self, data: &[u8]) {
        self.step(format!("peer writes {} bytes", data.len()));
        let sent = self.peer.rustls().send(data);
        self.trace
            .0
            .push(Event::PeerSent(sent.len()));
        self.to_app.extend(sent);
    }

    /// The peer writes early data, before anything else.
    pub(crate) fn peer_writes_early(&mut self, data: &[u8]) {
        self.step(format!("peer writes {} bytes early", data.len()));
        self.peer.write_early_data(data);
    }

    /// The peer closes its side.
    pub(crate) fn peer_closes(&mut self) {
        self.step("peer closes".into());
        self.peer
            .rustls()
            .conn
            .send_close_notify();
        self.peer_sends();
    }

    /// The peer asks for new keys.
    pub(crate) fn peer_refreshes(&mut self) {
        self.step("peer refreshes".into());
        self.peer
            .rustls()
            .conn
            .refresh_traffic_keys()
            .expect("TLS 1.3");
        self.peer_sends();
    }

    /// The peer seals this, although rustls would not. Nothing can be had of rustls any more.
    pub(crate) fn peer_forges(&mut self, typ: ContentType, content: &[u8]) {
        self.step(format!("peer forges {typ:?} of {} bytes", content.len()));
        self.peer = mem::replace(&mut self.peer, Opposite::Nobody).into_forger(&self.setup);
        let sent = self.peer.forger().seal(typ, content);
        self.trace
            .0
            .push(Event::PeerSent(sent.len()));
        self.to_app.extend(sent);
    }

    /// The peer seals with the next key from here on.
    pub(crate) fn peer_takes_next_key(&mut self) {
        self.peer.forger().update_sealer();
    }

    /// These bytes come instead of a record.
    pub(crate) fn inject(&mut self, junk: &[u8]) {
        self.step(format!("inject {} bytes", junk.len()));
        self.to_app.extend_from_slice(junk);
    }

    /// What is on its way to the program, to be tampered with.
    pub(crate) fn wire(&mut self) -> &mut Vec<u8> {
        &mut self.to_app
    }

    /// The program gives its connection away for the secrets. If it is given them, the peer has the same.
    pub(crate) fn extract(&mut self, how: Extraction) {
        self.step(format!("extract, {how:?}"));
        let app = self.app.take().expect("a connection");
        let extracted = app
            .extract(how)
            .map_err(|error| match error {
                // What follows is for people, and (k) ours is not shown as unexpected.
                Error::General(_) | Error::Other(_) => "General".into(),
                error => format!("{error:?}"),
            });
        if let Ok(ours) = &extracted {
            let theirs = mem::replace(&mut self.peer, Opposite::Nobody)
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

    fn does(&mut self, deed: Deed) {
        self.app().plan(deed);
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

    /// Takes what the program has done.
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
        (Role::Client, None) => Opening::Client {
            config: Arc::new(configs.client.clone()),
        },
        (Role::Client, Some(protocols)) => Opening::ClientWithAlpn {
            config: Arc::new(configs.client.clone()),
            protocols: protocols
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect(),
        },
        (Role::Server, _) => Opening::Server {
            config: Arc::new(configs.server.clone()),
        },
    };
    open(opening).expect("a connection")
}
