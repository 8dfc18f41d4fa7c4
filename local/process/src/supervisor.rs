//! The process between a program and whoever started it.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use rustix::process::{Pid, Signal as Kind, getpid, kill_process};
use tokio::process::Child;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::below::end_everything_below;
use crate::ignored::ignores_hang_up;
use crate::start::{Launch, start_through_itself};
use crate::subcommand::{Order, Report, signal_at_the_end_of};

/// The signal at which the supervisor ends everything below it. It comes from whoever started it, or
/// from the system when that one has ended.
pub(crate) const END: Kind = Kind::USR1;

/// A shell's exit code for an end by a signal is this and the signal's number.
const BY_SIGNAL: i32 = 128;

/// Starts the program, passes on to it what asks it to stop, and waits for its end. Then, or when
/// whoever started this ends, everything below is ended.
pub(crate) fn supervise(order: Order, report: Report) -> ExitCode {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report.failed(&error),
    };
    runtime.block_on(async {
        let (mut child, mut asked) = match start(order).await {
            Ok(started) => started,
            Err(error) => return report.failed(&error),
        };
        drop(report);
        let status = loop {
            tokio::select! {
                status = child.wait() => break Some(status),
                Some(signal) = asked.next() => match signal {
                    END => break None,
                    signal => pass_on(&child, signal),
                },
            }
        };
        end_everything_below();
        match status {
            Some(Ok(status)) => as_it_ended(status),
            Some(Err(error)) => {
                tracing::debug!(%error, "cannot wait for a program");
                ExitCode::FAILURE
            }
            None => ExitCode::from(exit_code_of(Kind::KILL)),
        }
    })
}

async fn start(order: Order) -> io::Result<(Child, Asked)> {
    // Before the signal may come.
    let asked = Asked::listen()?;
    // So that the program dies with this process, should that one be killed.
    start_through_itself()?;
    signal_at_the_end_of(order.parent, END)?;
    let mut launch = Launch::of(order.program)?;
    launch.command().args(order.arguments);
    Ok((launch.spawn().await?, asked))
}

/// What this process is told.
struct Asked {
    interrupt: Signal,
    terminate: Signal,
    /// None where the program is to outlive the terminal: it ignores this signal then, too.
    hang_up: Option<Signal>,
    end: Signal,
}

impl Asked {
    fn listen() -> io::Result<Self> {
        let hang_up = match ignores_hang_up() {
            true => None,
            false => Some(signal(SignalKind::hangup())?),
        };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up,
            end: signal(SignalKind::user_defined1())?,
        })
    }

    async fn next(&mut self) -> Option<Kind> {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => None,
            }
        };
        tokio::select! {
            Some(()) = self.end.recv() => Some(END),
            Some(()) = self.interrupt.recv() => Some(Kind::INT),
            Some(()) = self.terminate.recv() => Some(Kind::TERM),
            Some(()) = hang_up => Some(Kind::HUP),
            else => None,
        }
    }
}

fn pass_on(child: &Child, signal: Kind) {
    let id = child.id().and_then(|id| i32::try_from(id).ok());
    if let Some(id) = id.and_then(Pid::from_raw)
        && let Err(error) = kill_process(id, signal)
    {
        tracing::debug!(%error, "cannot pass a signal on");
    }
}

/// Ends this process as the program has ended.
fn as_it_ended(status: ExitStatus) -> ExitCode {
    if let Some(number) = status.signal() {
        let signal = Kind::from_named_raw(number);
        // Those that are listened to do not end this process; the exit code has to do.
        if let Some(signal) = signal
            && let Err(error) = kill_process(getpid(), signal)
        {
            tracing::debug!(%error, "cannot end as the program did");
        }
        return ExitCode::from(u8::try_from(BY_SIGNAL + number).unwrap_or(u8::MAX));
    }
    let code = status.code().unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

fn exit_code_of(signal: Kind) -> u8 {
    u8::try_from(BY_SIGNAL + signal.as_raw()).unwrap_or(u8::MAX)
}
