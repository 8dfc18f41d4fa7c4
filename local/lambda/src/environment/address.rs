//! The address that a Runtime API listens on.

use std::io;
use std::net::Ipv4Addr;

use tokio::net::TcpListener;

/// How many addresses are drawn before it is taken for certain that the system has only one.
const DRAWS: usize = 4;

/// Listens on a free port of an address of the loopback network that nobody else is likely to use:
/// one of sixteen million, which web pages that guess ports of 127.0.0.1 do not find, and two
/// environments do not share. A function gets host and port, so there is no path to hide.
///
/// Linux has the whole network 127.0.0.0/8. Where the system has 127.0.0.1 alone, as macOS does, it
/// is that address, and the port is all that tells environments apart.
pub(super) async fn listen() -> io::Result<TcpListener> {
    for _ in 0..DRAWS {
        match TcpListener::bind((draw(), 0)).await {
            Ok(listener) => return Ok(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => break,
            // Nobody knows what stands in the way of this one; the next may be free of it.
            Err(error) => tracing::debug!(%error, "cannot listen on a drawn address"),
        }
    }
    tracing::debug!("the system has no loopback address but 127.0.0.1");
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

/// An address whose last three bytes are neither 0 nor 255, and which is not of 127.0.x.x, where
/// systems put addresses of their own.
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
        // Two of a thousand are the same by chance about once in thirty tests.
        assert!(drawn.len() > 990, "{}", drawn.len());
    }
}
