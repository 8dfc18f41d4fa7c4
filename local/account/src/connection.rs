//! Connections: who is at the other end, how long it may take, and how to cut it, as when a network
//! or a server dies.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::pace::Pace;

/// What every request knows of its connection, as axum's `ConnectInfo`.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The client's end.
    pub(crate) peer: SocketAddr,
    /// The account's end.
    pub(crate) local: SocketAddr,
    /// Whether a function's process holds the client's end; empty until somebody wants to know.
    pub(crate) of_function: Arc<OnceCell<bool>>,
    pub(crate) cut: Cut,
}

impl Connection {
    pub(crate) fn new(peer: SocketAddr, local: SocketAddr) -> Self {
        Self {
            peer,
            local,
            of_function: Arc::default(),
            cut: Cut::default(),
        }
    }
}

/// The scissors of one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cut(Arc<AtomicBool>);

impl Cut {
    /// From now on nothing is written any more. The first attempt, which is the answer to the
    /// request in hand, fails; the server then drops the connection, and the client is sent a
    /// TCP reset instead of the answer's first byte.
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A TCP connection that may be cut, and that ends by itself when its client takes too long.
pub(crate) struct PacedStream {
    stream: TcpStream,
    cut: Cut,
    pace: Arc<Pace>,
    /// Wakes whoever reads when the client's time is up.
    alarm: Pin<Box<Sleep>>,
}

impl PacedStream {
    pub(crate) fn new(stream: TcpStream, cut: Cut, pace: Arc<Pace>) -> Self {
        Self {
            stream,
            cut,
            pace,
            alarm: Box::pin(sleep_until(Instant::now())),
        }
    }

    fn whole(&self) -> io::Result<()> {
        if !self.cut.0.load(Ordering::Acquire) {
            return Ok(());
        }
        // Without lingering, closing is a reset; with it, it would be an orderly end.
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Nothing can be read now; fails when the client has had its time.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(deadline) = self.pace.deadline(context.waker()) else {
            return Poll::Pending;
        };
        if self.alarm.deadline() != deadline {
            self.alarm.as_mut().reset(deadline);
        }
        match self.alarm.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for PacedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => self.wait(context),
            Poll::Ready(read) => {
                if let Some(bytes @ [_, ..]) = buffer.filled().get(before..) {
                    self.pace.received(bytes);
                }
                Poll::Ready(read)
            }
        }
    }
}

impl AsyncWrite for PacedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if written.is_ready() {
            self.pace.sent();
        }
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.whole()?;
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        if written.is_ready() {
            self.pace.sent();
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A shutdown would announce an orderly end before the reset.
        self.whole()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
