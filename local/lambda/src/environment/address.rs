//! The address that a Runtime API listens on.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

/// The number of addresses tried before the system is assumed to have only 127.0.0.1.
const DRAWS: usize = 4;

/// Listens on a free port of a random address of the loopback network: one of sixteen million, which web
/// pages that guess ports of 127.0.0.1 do not find, and which two environments do not share. A function
/// is given only host and port, so a secret path is not possible.
///
/// Linux has the whole network 127.0.0.0/8. A system that has only 127.0.0.1, such as macOS, uses that
/// address, and environments differ only in their ports.
pub(super) async fn listen() -> io::Result<TcpListener> {
    for _ in 0..DRAWS {
        match TcpListener::bind((draw(), 0)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => break,
            // The cause may be this address alone; the next one may work.
            Err(error) => tracing::debug!(%error, "cannot listen on a drawn address"),
        }
    }
    tracing::debug!("the system has no loopback address other than 127.0.0.1");
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// Draws an address whose last three bytes are neither 0 nor 255, and which is outside 127.0.x.x, where
/// systems have addresses of their own.
fn draw() -> Ipv4Addr {
    let [b, c, d] = [(); 3].map(|()| rand::random_range(1..=254));
    Ipv4Addr::new(127, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn addresses_are_of_the_loopback_network_and_differ() {
        let drawn: HashSet<Ipv4Addr> = (0..1000).map(|_| draw()).collect();
        assert!(drawn.iter().all(Ipv4Addr::is_loopback), "{drawn:?}");
        assert!(!drawn.contains(&Ipv4Addr::LOCALHOST));
        // About once in thirty runs, two of a thousand are equal by chance.
        assert!(drawn.len() > 990, "{}", drawn.len());
    }
}
