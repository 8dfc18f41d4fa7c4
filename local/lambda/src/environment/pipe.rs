//! Reads the output of a function from a pipe, line by line.

use std::{io, os::fd::OwnedFd};

use tokio::{
    io::AsyncReadExt,
    net::unix::pipe::Receiver,
    sync::{mpsc, oneshot},
};

use crate::logs::LogStream;

/// The longest line that is not split, as in CloudWatch Logs.
const LONGEST_LINE: usize = 256 * 1024;
/// The capacity of the largest pipe: reading as much yields everything that was written before.
const PIPE_CAPACITY: usize = 1024 * 1024;

/// A task that copies lines from a pipe to a log stream.
pub(super) struct PipeReader {
    drains: mpsc::Sender<oneshot::Sender<()>>,
}

impl PipeReader {
    /// Starts to read. The task ends with the pipe, or when the reader is dropped.
    pub(super) fn start(pipe: OwnedFd, log: LogStream) -> io::Result<Self> {
        let pipe = Receiver::from_owned_fd(pipe)?;
        let (drains, requests) = mpsc::channel(1);
        let lines = Lines {
            log,
            partial: Vec::new(),
        };
        tokio::spawn(read(pipe, requests, lines));
        Ok(Self { drains })
    }

    /// Waits until the contents of the pipe are in the log.
    ///
    /// If the caller knows that the process has written something, because the process has reported it
    /// through another channel, that output is in the log after this call.
    pub(super) async fn drain(&self) {
        let (reply, drained) = oneshot::channel();
        if self.drains.send(reply).await.is_ok() {
            // An error means that the task has ended, which drains the pipe first.
            let _ = drained.await;
        }
    }
}

async fn read(
    mut pipe: Receiver,
    mut requests: mpsc::Receiver<oneshot::Sender<()>>,
    mut lines: Lines,
) {
    let mut chunk = vec![0; 16 * 1024];
    let mut open = true;
    loop {
        tokio::select! {
            biased;
            request = requests.recv() => {
                if open {
                    open = drain(&pipe, &mut chunk, &mut lines).await;
                }
                match request {
                    Some(reply) => { let _ = reply.send(()); }
                    None => return,
                }
            }
            result = pipe.read(&mut chunk), if open => match result {
                Ok(0) => {
                    open = false;
                    lines.flush().await;
                }
                Ok(size) => lines.push(&chunk[..size]).await,
                Err(error) => {
                    tracing::warn!(%error, "cannot read a function's output");
                    open = false;
                }
            },
        }
    }
}

/// Reads the pipe until it is empty. Returns whether it is still open.
///
/// Reads directly, because the reactor may not know yet that there is data.
async fn drain(pipe: &Receiver, chunk: &mut [u8], lines: &mut Lines) -> bool {
    let mut total = 0;
    let open = loop {
        match rustix::io::read(pipe, &mut *chunk) {
            Ok(0) => break false,
            Ok(size) => {
                lines.push(&chunk[..size]).await;
                total += size;
                if total > PIPE_CAPACITY {
                    break true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => break true,
            Err(error) => {
                tracing::warn!(%error, "cannot read a function's output");
                break false;
            }
        }
    };
    lines.flush().await;
    open
}

struct Lines {
    log: LogStream,
    partial: Vec<u8>,
}

impl Lines {
    async fn push(&mut self, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.emit().await;
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > LONGEST_LINE {
            self.emit().await;
        }
    }

    /// Writes an unfinished line, too, because the process pauses here.
    async fn flush(&mut self) {
        if !self.partial.is_empty() {
            self.emit().await;
        }
    }

    async fn emit(&mut self) {
        let line = std::mem::take(&mut self.partial);
        let line = line.strip_suffix(b"\r").unwrap_or(&line);
        // CloudWatch Logs rejects empty events.
        if !line.is_empty() {
            self.log
                .application(String::from_utf8_lossy(line).into_owned())
                .await;
        }
    }
}
