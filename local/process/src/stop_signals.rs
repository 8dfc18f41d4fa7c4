//! The signals that ask a program to stop.

use std::io;

use rustix::process::Signal as Kind;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::ignored::ignores_hang_up;

/// A signal that asks a program to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopSignal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: the system, or a program that limits the run time of this one.
    Terminate,
    /// SIGHUP: the terminal was closed.
    HangUp,
}

impl StopSignal {
    /// Returns the system's signal.
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Interrupt => Kind::INT,
            Self::Terminate => Kind::TERM,
            Self::HangUp => Kind::HUP,
        }
    }
}

/// Handles the signals that ask this process to stop. From then on none of them ends the process by
/// itself, even after this is dropped.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
    /// `None` if this process was started to outlive its terminal, as with `nohup`: then the signal stays
    /// ignored.
    hang_up: Option<Signal>,
}

impl StopSignals {
    /// Starts to handle the signals; needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When signals cannot be handled.
    pub fn listen() -> io::Result<Self> {
        let hang_up = match ignores_hang_up() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
        })
    }

    /// Waits for the next signal; `None` when the runtime ends.
    pub async fn next(&mut self) -> Option<StopSignal> {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => None,
            }
        };
        tokio::select! {
            Some(()) = self.interrupt.recv() => Some(StopSignal::Interrupt),
            Some(()) = self.terminate.recv() => Some(StopSignal::Terminate),
            Some(()) = hang_up => Some(StopSignal::HangUp),
            else => None,
        }
    }
}
