//! Sends its standard input to a server and prints what comes back, with a thread for each half of the connection.
//!
//! `cargo run --example split_client -- HOST PORT ROOTS.pem`

mod common;

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;

use rustls_direct::record::OUTGOING_BUFFER_LEN;
use rustls_direct::split::{Event, Reader, Received, Writer};

use common::{Incoming, Result};

fn main() -> ExitCode {
    common::exit(run())
}

fn run() -> Result<()> {
    let [host, port, roots] = common::arguments("HOST PORT ROOTS.pem")?;
    let (mut conn, mut socket) = common::connect(&host, &port, &roots)?;
    let mut incoming = Vec::new();
    conn.complete_handshake(&mut socket, &mut incoming)?;
    // What has come along with the handshake is for the reader.
    let incoming = Incoming::new(incoming);
    let (reader, writer) = conn.split()?;

    let (tasks, to_do) = mpsc::sync_channel(4);
    let to_server = socket.try_clone()?;
    let writing = thread::spawn(move || {
        // A `Box<dyn Error>` does not leave its thread.
        write(writer, to_server, to_do).map_err(|err| err.to_string())
    });
    let input = tasks.clone();
    // Nobody waits for this one: it may be that nothing is typed any more.
    thread::spawn(move || read_input(&input));

    let read = read(reader, socket, incoming, &tasks);
    // If reading has failed, an alert goes before that or in its place. It is an error if it was done already.
    let _ = tasks.send(Task::Close);
    let written = writing.join().expect("no panic");
    read?;
    Ok(written?)
}

/// What the writer is to do.
enum Task {
    Send(Vec<u8>),
    /// Say what is owed to the server, even if there is nothing else to be said.
    Flush,
    Close,
}

fn read_input(tasks: &SyncSender<Task>) {
    let mut input = io::stdin().lock();
    loop {
        let mut piece = vec![0; 64 * 1024];
        let task = match input.read(&mut piece) {
            Ok(0) | Err(_) => Task::Close,
            Ok(len) => {
                piece.truncate(len);
                Task::Send(piece)
            }
        };
        let is_last = matches!(task, Task::Close);
        // It is an error if the connection has ended.
        if tasks.send(task).is_err() || is_last {
            break;
        }
    }
}

fn write(mut writer: Writer, mut socket: TcpStream, to_do: Receiver<Task>) -> Result<()> {
    let mut out = vec![0; OUTGOING_BUFFER_LEN];
    for task in to_do {
        match task {
            Task::Send(data) => {
                let mut rest = &data[..];
                while !rest.is_empty() {
                    // As many whole records as fit: one or more of them.
                    let sealed = writer.write(rest, &mut out)?;
                    socket.write_all(&out[..sealed.written])?;
                    rest = &rest[sealed.consumed..];
                }
            }
            Task::Flush => {
                let len = writer.flush(&mut out)?;
                socket.write_all(&out[..len])?;
            }
            Task::Close => {
                let len = writer.flush(&mut out)?;
                socket.write_all(&out[..len])?;
                let len = writer.close_notify(&mut out)?;
                socket.write_all(&out[..len])?;
                break;
            }
        }
    }
    Ok(())
}

fn read(
    mut reader: Reader,
    mut socket: TcpStream,
    mut incoming: Incoming,
    tasks: &SyncSender<Task>,
) -> Result<()> {
    let mut output = io::stdout().lock();
    loop {
        let Received {
            discard,
            event,
            writer_owes,
        } = reader.read(incoming.filled())?;
        let mut needs_input = false;
        match event {
            Event::Data(data) => output.write_all(data)?,
            Event::Incomplete => needs_input = true,
            Event::Closed => return Ok(reader.end_of_input()?),
        }
        incoming.discard(discard);
        if writer_owes {
            // This never waits for the writer, which may wait for the server to read. If there is much to do, what is owed
            // goes along with that.
            let _ = tasks.try_send(Task::Flush);
        }
        if needs_input {
            output.flush()?;
            incoming.receive(&mut socket)?;
        }
    }
}
