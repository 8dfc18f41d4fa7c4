//! Client connections: their addresses, their time limits, and how to break them as a failing
//! network or server does.

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

/// The properties of a request's connection, passed on as axum's `ConnectInfo`.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The client's address.
    pub(crate) peer: SocketAddr,
    /// The account's address.
    pub(crate) local: SocketAddr,
    /// Whether a function's process holds the client's end; determined when it is first needed.
    pub(crate) of_function: Arc<OnceCell<bool>>,
    pub(crate) breaker: Breaker,
}

impl Connection {
    pub(crate) fn new(peer: SocketAddr, local: SocketAddr) -> Self {
        Self {
            peer,
            local,
            of_function: Arc::default(),
            breaker: Breaker::default(),
        }
    }
}

/// A switch that breaks one connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Breaker(Arc<AtomicBool>);

impl Breaker {
    /// Stops all writing. The next write, which is the response to the current request, fails; the
    /// server then drops the connection, and the client receives a TCP reset instead of the
    /// response's first byte.
    pub(crate) fn trip(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A TCP connection that can be broken, and that ends by itself if its client takes too long.
pub(crate) struct PacedStream {
    stream: TcpStream,
    breaker: Breaker,
    pace: Arc<Pace>,
    /// Wakes the reading task when the client's time has run out.
    deadline_timer: Pin<Box<Sleep>>,
}

impl PacedStream {
    pub(crate) fn new(stream: TcpStream, breaker: Breaker, pace: Arc<Pace>) -> Self {
        Self {
            stream,
            breaker,
            pace,
            deadline_timer: Box::pin(sleep_until(Instant::now())),
        }
    }

    fn check_intact(&self) -> io::Result<()> {
        if !self.breaker.0.load(Ordering::Acquire) {
            return Ok(());
        }
        // Without lingering, closing sends a reset; with it, the connection would end in order.
        self.stream.set_zero_linger()?;
        Err(io::ErrorKind::ConnectionReset.into())
    }

    /// Waits for data; fails if the client's time has run out.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(deadline) = self.pace.deadline(context.waker()) else {
            return Poll::Pending;
        };
        if self.deadline_timer.deadline() != deadline {
            self.deadline_timer.as_mut().reset(deadline);
        }
        match self.deadline_timer.as_mut().poll(context) {
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
        self.check_intact()?;
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
        self.check_intact()?;
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
        self.check_intact()?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // A shutdown would end the connection in order before the reset.
        self.check_intact()?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
