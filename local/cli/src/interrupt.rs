//! Ctrl-C and the other signals that ask a command to stop.

use std::io;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use anyhow::{Context, anyhow};
use local_process::{StopSignal, StopSignals, end_everything_below};
use local_terminal::tell;
use local_toolchain::remove_work_directories;
use tokio::runtime;
use tokio::sync::watch;

/// The exit code that shells report for a program that SIGINT ended: 128 and the signal's number.
const INTERRUPTED: i32 = 128 + 2;

const CANNOT_LISTEN: &str = "cannot listen for Ctrl-C";

/// Completes when the user presses Ctrl-C (SIGINT), the system asks the process to stop (SIGTERM) or the
/// terminal is closed (SIGHUP).
///
/// A signal between [`listen`] and this call counts as well.
///
/// # Errors
/// When signals cannot be handled.
pub async fn interrupted() -> anyhow::Result<()> {
    let mut heard = heard().context(CANNOT_LISTEN)?;
    // The thread that owns the sender runs as long as the process.
    match heard.wait_for(|heard| *heard).await {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(anyhow!("the thread that listens for signals has ended").context(CANNOT_LISTEN))
        }
    }
}

/// Starts to handle these signals, so that they no longer end the process by themselves. Only a second
/// Ctrl-C does: it kills the processes below this one, removes its temporary directories and exits with
/// code 130. Other signals are not counted, because closed terminals and programs such as `timeout` send
/// theirs twice. Call this before creating anything that must be removed.
///
/// # Errors
/// When signals cannot be handled.
pub fn listen() -> anyhow::Result<()> {
    heard().map(drop).context(CANNOT_LISTEN)
}

/// Listens in a thread of its own, so that busy workers of a runtime do not delay it.
fn heard() -> io::Result<watch::Receiver<bool>> {
    static LISTENING: Mutex<Option<watch::Receiver<bool>>> = Mutex::new(None);
    let mut listening = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(heard) = &*listening {
        return Ok(heard.clone());
    }
    let (sender, heard) = watch::channel(false);
    let (ready, listens) = mpsc::channel();
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            let begun = runtime::Builder::new_current_thread().enable_all().build();
            let begun = begun.and_then(|runtime| {
                let signals = runtime.block_on(async { StopSignals::listen() })?;
                Ok((runtime, signals))
            });
            match begun {
                Ok((runtime, signals)) => {
                    drop(ready.send(Ok(())));
                    runtime.block_on(hear(signals, &sender));
                }
                Err(error) => drop(ready.send(Err(error))),
            }
        })?;
    listens.recv().map_err(io::Error::other)??;
    Ok(listening.insert(heard).clone())
}

async fn hear(mut signals: StopSignals, heard: &watch::Sender<bool>) {
    signals.next().await;
    heard.send_replace(true);
    while let Some(signal) = signals.next().await {
        if signal == StopSignal::Interrupt {
            end_at_once();
        }
    }
}

/// Locked from the second Ctrl-C until the process has ended.
static ENDING: Mutex<()> = Mutex::new(());

/// Blocks until the process ends if a second Ctrl-C is ending it. What that kills also ends the work of
/// other threads, which must not choose the exit code.
pub fn wait_if_ending() {
    drop(ENDING.lock().unwrap_or_else(PoisonError::into_inner));
}

fn end_at_once() {
    let _ending = ENDING.lock().unwrap_or_else(PoisonError::into_inner);
    end_everything_below();
    remove_work_directories();
    tell("ended at once; the work in progress is incomplete");
    std::process::exit(INTERRUPTED);
}
