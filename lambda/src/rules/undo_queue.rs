//! The queue of counter moves that could not be undone because DynamoDB did not answer. The running function
//! keeps them, and its next attempts undo them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::rules::cause::Cause;
use crate::rules::counter::{CounterId, Move, Step};
use crate::rules::invocation::{Dependency, Invocation};
use crate::rules::ports::AttemptLedger;

/// The most moves that a running function keeps. Further ones stay counted.
const MOST: usize = 64;

/// The most moves that one attempt undoes: the count and the mark of one redemption.
const AT_ONCE: usize = 2;

/// The queue of the moves that a running function has yet to undo.
#[derive(Debug, Default)]
pub struct UndoQueue {
    moves: Mutex<Vec<PendingUndo>>,
}

/// A move that has to be undone. Its lane must take no later step of the same counter, which would make
/// the undo too late.
#[derive(Clone, Debug)]
pub(crate) struct PendingUndo {
    pub(crate) counter: CounterId,
    pub(crate) change: Move,
    pub(crate) step: Step,
}

impl PendingUndo {
    /// Asks the ledger to undo the move.
    pub(crate) async fn ask(
        &self,
        ledger: &impl AttemptLedger,
        invocation: &Invocation,
    ) -> Result<(), Cause> {
        let undo = ledger.undo(&self.counter, &self.change, &self.step);
        let undone = invocation.ask(Dependency::Attempts, undo).await;
        undone.map_err(Cause::from)
    }
}

impl UndoQueue {
    /// Returns the number of moves that are yet to be undone.
    pub fn count(&self) -> usize {
        self.moves().len()
    }

    /// Keeps a move until it is undone. Returns whether there was room for it.
    pub(crate) fn keep(&self, undo: PendingUndo) -> bool {
        let mut moves = self.moves();
        let has_room = moves.len() < MOST;
        if has_room {
            moves.push(undo);
        }
        has_room
    }

    /// Undoes the oldest moves. A move that cannot be undone now stays in the queue.
    pub(crate) async fn settle(&self, ledger: &impl AttemptLedger, invocation: &Invocation) {
        let (first, second) = {
            let mut moves = self.moves();
            let due = moves.len().min(AT_ONCE);
            let mut due = moves.drain(..due);
            (due.next(), due.next())
        };
        let try_one = async |undo: Option<PendingUndo>| {
            let undo = undo?;
            let undone = undo.ask(ledger, invocation).await;
            undone.is_err().then_some(undo)
        };
        let (first, second) = tokio::join!(try_one(first), try_one(second));
        self.moves().extend([first, second].into_iter().flatten());
    }

    fn moves(&self) -> MutexGuard<'_, Vec<PendingUndo>> {
        self.moves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
