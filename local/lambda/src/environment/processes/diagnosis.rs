//! Queries Linux about a single socket with sock_diag(7). This takes the same time with a hundred
//! thousand sockets as with two. Reading the tables in `/proc` does not: it takes ten milliseconds on a
//! machine with room for many connections.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

/// Constants of linux/socket.h, linux/sock_diag.h, linux/netlink.h and linux/inet_diag.h.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const REQUEST_BYTES: u32 = 72;
const ALL_STATES: u32 = u32::MAX;
const NO_COOKIE: [u8; 8] = [0xff; 8];
const TCP: u8 = 6;

/// Returns the inode number of the socket at one end of a TCP connection: the end with the address `own`.
///
/// # Errors
/// When there is no such socket, or the system does not support the query; the two cannot be
/// distinguished.
pub(super) fn socket_of(own: SocketAddr, other: SocketAddr) -> io::Result<u64> {
    let link = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    let kernel = SocketAddrNetlink::new(0, 0);
    sendto(&link, &request(own, other), SendFlags::empty(), &kernel)?;
    let mut answer = [0; 512];
    // The kernel has responded by the time the request is sent.
    let (size, _) = recv(&link, &mut answer, RecvFlags::DONTWAIT)?;
    let answer = answer.get(..size).unwrap_or_default();
    inode(answer, other.port()).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Builds `struct nlmsghdr` and `struct inet_diag_req_v2`.
fn request(own: SocketAddr, other: SocketAddr) -> Vec<u8> {
    let family = match own {
        SocketAddr::V4(_) => AF_INET,
        SocketAddr::V6(_) => AF_INET6,
    };
    let mut bytes = Vec::new();
    bytes.extend(REQUEST_BYTES.to_ne_bytes());
    bytes.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    bytes.extend(NLM_F_REQUEST.to_ne_bytes());
    // Sequence number and port id: one message only, to the kernel.
    bytes.extend([0; 8]);
    // No extensions.
    bytes.extend([family, TCP, 0, 0]);
    bytes.extend(ALL_STATES.to_ne_bytes());
    bytes.extend(own.port().to_be_bytes());
    bytes.extend(other.port().to_be_bytes());
    bytes.extend(octets(own.ip()));
    bytes.extend(octets(other.ip()));
    // Any interface.
    bytes.extend([0; 4]);
    bytes.extend(NO_COOKIE);
    bytes
}

/// Returns an address in sixteen bytes; IPv4 uses the first four.
fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V6(ip) => ip.octets(),
        IpAddr::V4(ip) => {
            let mut octets = [0; 16];
            octets[..4].copy_from_slice(&ip.octets());
            octets
        }
    }
}

/// Reads `struct inet_diag_msg` after its header. A listening socket has no peer port, and a socket that
/// no process has open has no inode.
fn inode(answer: &[u8], other_port: u16) -> Option<u64> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let port = u16::from_be_bytes(answer.get(22..24)?.try_into().ok()?);
    let inode = u32::from_ne_bytes(answer.get(84..88)?.try_into().ok()?);
    let is_it = kind == SOCK_DIAG_BY_FAMILY && port == other_port && inode != 0;
    is_it.then_some(inode.into())
}

#[cfg(test)]
mod tests {
    use super::super::system::{SocketOwnership, has_socket, socket_in_tables};
    use super::*;
    use std::net::{TcpListener, TcpStream};

    /// Both ends of a connection, compared with the inodes of this process's open files.
    #[test]
    fn the_query_and_the_tables_find_the_same_sockets() {
        let own = std::process::id();
        for address in ["127.0.0.1:0", "127.7.8.9:0", "[::1]:0", "[::]:0"] {
            let Ok(listener) = TcpListener::bind(address) else {
                println!("skipped: this machine has no address {address}");
                continue;
            };
            let mut to = listener.local_addr().unwrap();
            if to.ip().is_unspecified() {
                // It accepts IPv4 as well.
                to = SocketAddr::from(([127, 0, 0, 1], to.port()));
            }
            let client = TcpStream::connect(to).unwrap();
            let (server, peer) = listener.accept().unwrap();
            let (peer, local) = (plain(peer), plain(server.local_addr().unwrap()));
            for (one, other) in [(peer, local), (local, peer)] {
                let from_tables = socket_in_tables(one, other).unwrap();
                let Ok(found) = socket_of(one, other) else {
                    println!("skipped: this system does not support queries about sockets");
                    continue;
                };
                assert_eq!(Some(found), from_tables, "{address}");
                assert_eq!(has_socket(own, found), SocketOwnership::Yes, "{address}");
            }
            // A listener is not an end of a connection.
            let nobody = SocketAddr::new(local.ip(), 1);
            assert!(socket_of(local, nobody).is_err());
            drop(client);
        }
    }

    fn plain(address: SocketAddr) -> SocketAddr {
        super::super::text::plain(address)
    }
}
