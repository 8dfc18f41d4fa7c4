//! Parses the files of Linux's `/proc`, without reading them.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// Returns a value in kB from `/proc/<id>/status` or `/proc/<id>/smaps_rollup`.
pub(super) fn kilobytes(text: &str, name: &str) -> Option<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?
        .split_ascii_whitespace()
        .next()?
        .parse()
        .ok()
}

/// Returns the address of a Runtime API from `/proc/<id>/environ`.
pub(super) fn runtime_api(environ: &[u8]) -> Option<SocketAddr> {
    let value = environ
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(b"AWS_LAMBDA_RUNTIME_API="))?;
    std::str::from_utf8(value).ok()?.parse().ok()
}

/// Returns the inode number of the socket that a link in `/proc/<id>/fd` refers to.
pub(super) fn socket(link: &str) -> Option<u64> {
    link.strip_prefix("socket:[")?
        .strip_suffix(']')?
        .parse()
        .ok()
}

/// Returns the inode number of the socket at one end of a connection, from `/proc/net/tcp` or `tcp6`: the
/// end with the address `own` that is connected to `other`. Returns `None` if there is no such socket or
/// no process has it open.
pub(super) fn socket_of(table: &str, own: SocketAddr, other: SocketAddr) -> Option<u64> {
    // IPv6 sockets serve IPv4 as well, under mapped addresses.
    [false, true].into_iter().find_map(|mapped| {
        let ends = format!(" {} {} ", address(own, mapped), address(other, mapped));
        let (_, rest) = table.split_once(&ends)?;
        rest.lines()
            .next()?
            .split_ascii_whitespace()
            .nth(6)?
            .parse()
            .ok()
            .filter(|number| *number != 0)
    })
}

/// Formats an address as those tables do: words in the machine's byte order.
fn address(address: SocketAddr, mapped: bool) -> String {
    let mut text = String::new();
    let mut word = |bytes: [u8; 4]| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{:08X}", u32::from_ne_bytes(bytes));
    };
    match address.ip() {
        IpAddr::V4(ip) if !mapped => word(ip.octets()),
        ip => {
            let octets = match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            for bytes in octets.as_chunks::<4>().0 {
                word(*bytes);
            }
        }
    }
    format!("{text}:{:04X}", address.port())
}

/// Maps an IPv4-mapped IPv6 address, as a dual-stack listener reports it, to IPv4.
pub(super) fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, Ipv6Addr};

    #[test]
    fn memory_is_read_by_name() {
        let status = "Name:\tVmHWM: 1 kB\nVmHWM:\t   12345 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(kilobytes(status, "VmHWM"), Some(12345));
        assert_eq!(kilobytes("Name:\tzombie\n", "VmHWM"), None);
        // `Pss_Dirty` is another value.
        let rollup = "55-7f ---p 00000000 00:00 0 [rollup]\nPss_Dirty: 7 kB\nPss:   9 kB\n";
        assert_eq!(kilobytes(rollup, "Pss"), Some(9));
    }

    #[test]
    fn the_runtime_api_is_found_in_an_environment() {
        let environ = b"A=1\0AWS_LAMBDA_RUNTIME_API=127.1.2.3:40\0B=2\0";
        assert_eq!(runtime_api(environ), "127.1.2.3:40".parse().ok());
        for other in [
            &b""[..],
            b"A=AWS_LAMBDA_RUNTIME_API=127.1.2.3:40\0",
            b"AWS_LAMBDA_RUNTIME_API=\0",
            b"AWS_LAMBDA_RUNTIME_API=\xff\0",
        ] {
            assert_eq!(runtime_api(other), None, "{other:?}");
        }
    }

    #[test]
    fn links_are_read() {
        assert_eq!(socket("socket:[1828733]"), Some(1_828_733));
        for other in ["pipe:[1828733]", "/dev/null", "socket:[x]", "socket:[1"] {
            assert_eq!(socket(other), None, "{other}");
        }
    }

    /// Lines as the kernel writes them on a little-endian machine.
    #[cfg(target_endian = "little")]
    #[test]
    fn the_peers_socket_is_found_by_both_addresses() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0302017F:9C40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0\n\
            \x20  1: 0302017F:9C40 0100007F:A7F9 01 00000000:00000000 00:00000000 00000000     0        0 22 1 0 20 4 30 10 -1\n\
            \x20  2: 0100007F:A7F9 0302017F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 33 1 0 20 4 30 10 -1\n\
            \x20  3: 0100007F:A7FA 0302017F:9C40 06 00000000:00000000 03:00000E5F 00000000     0        0 0 3 0\n";
        let local: SocketAddr = "127.1.2.3:40000".parse().unwrap();
        let peer = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        assert_eq!(socket_of(table, peer(0xA7F9), local), Some(33));
        assert_eq!(socket_of(table, local, peer(0xA7F9)), Some(22));
        // A socket that no process has open any more, and one that never existed.
        assert_eq!(socket_of(table, peer(0xA7FA), local), None);
        assert_eq!(socket_of(table, peer(0xA7FB), local), None);

        let table = "   0: 0000000000000000FFFF00000100007F:A7F9 0000000000000000FFFF00000302017F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 44 1 0\n\
            \x20  1: 00000000000000000000000001000000:A7F9 00000000000000000000000001000000:9C40 01 00000000:00000000 00:00000000 00000000     0        0 55 1 0\n";
        assert_eq!(socket_of(table, peer(0xA7F9), local), Some(44));
        let local6 = |port| SocketAddr::from((Ipv6Addr::LOCALHOST, port));
        assert_eq!(socket_of(table, local6(0xA7F9), local6(40000)), Some(55));
    }

    #[test]
    fn mapped_addresses_are_plain_ones() {
        let mapped: SocketAddr = "[::ffff:127.0.0.1]:80".parse().unwrap();
        assert_eq!(plain(mapped), "127.0.0.1:80".parse().unwrap());
    }
}
