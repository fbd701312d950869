//! Sends standard input to a server and prints what it receives, with a thread for each half of the connection.
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

use common::{InputBuffer, Result};

fn main() -> ExitCode {
    common::exit_code(run())
}

fn run() -> Result<()> {
    let [host, port, roots] = common::arguments("HOST PORT ROOTS.pem")?;
    let (mut conn, mut socket) = common::connect(&host, &port, &roots)?;
    let mut incoming = Vec::new();
    conn.complete_handshake(&mut socket, &mut incoming)?;
    // Bytes that were received with the end of the handshake are for the reader.
    let incoming = InputBuffer::new(incoming);
    let (reader, writer) = conn.split()?;

    let (tasks, to_do) = mpsc::sync_channel(4);
    let to_server = socket.try_clone()?;
    let writing = thread::spawn(move || {
        // A `Box<dyn Error>` cannot be sent to another thread.
        write(writer, to_server, to_do).map_err(|err| err.to_string())
    });
    let input = tasks.clone();
    // This thread is not joined: it may wait for input that never comes.
    thread::spawn(move || read_input(&input));

    let read = read(reader, socket, incoming, &tasks);
    // After a failed read the writer sends an alert, before close_notify or in its place. Sending the task fails if the
    // writer has already closed.
    let _ = tasks.send(Task::Close);
    let written = writing.join().expect("no panic");
    read?;
    Ok(written?)
}

/// A task for the writer.
enum Task {
    Send(Vec<u8>),
    /// Send pending control records, even if there is no data to send.
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
        // Fails if the connection has ended.
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
                    // Seals as many whole records as fit, which is at least one.
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
    mut incoming: InputBuffer,
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
            // The reader never waits for the writer, which may be waiting for the server to read. If the queue is full,
            // the control records are sent along with the next task.
            let _ = tasks.try_send(Task::Flush);
        }
        if needs_input {
            output.flush()?;
            incoming.receive(&mut socket)?;
        }
    }
}
