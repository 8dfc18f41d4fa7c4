//! Places calls into an account of this process.

use std::sync::Arc;

use local_connect::{Call, CallerId, ConnectService, DialError, UnknownKey, keys};

/// A call could not be placed as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The number is not answered.
    #[error(transparent)]
    NotAnswered(#[from] DialError),
    /// A key that is on no telephone.
    #[error(transparent)]
    UnknownKey(#[from] UnknownKey),
}

/// Dials `to` as `from` and presses one entry of `keys`, such as `"0042#"`, each time the line
/// waits. The call is over when it returns, or the line waits and no entry is left; entries that
/// the line did not wait for are not pressed.
///
/// # Errors
/// [`PlaceError`]; unknown keys are found before the number is dialled.
pub async fn place<K: AsRef<str>>(
    connect: &Arc<ConnectService>,
    to: &str,
    from: CallerId,
    entries: &[K],
) -> Result<Call, PlaceError> {
    let entries: Vec<_> = entries
        .iter()
        .map(|entry| keys(entry.as_ref()))
        .collect::<Result<_, _>>()?;
    let mut call = connect.dial(to, from).await?;
    for entry in &entries {
        if !call.is_waiting() {
            break;
        }
        call.press(entry).await;
    }
    Ok(call)
}

/// Presses keys as people write them into a call that waits.
///
/// # Errors
/// [`UnknownKey`]; nothing is pressed then.
pub async fn press(call: &mut Call, symbols: &str) -> Result<(), UnknownKey> {
    call.press(&keys(symbols)?).await;
    Ok(())
}
