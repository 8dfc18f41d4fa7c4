//! The numbers that AWS offers.
//!
//! In countries that reserve numbers for fiction, these are used: 555-01xx in North America
//! (NANPA), and the ranges of Ofcom and ACMA for drama. Japan reserves none; its numbers here have
//! a zero after the area code or prefix, where no subscriber number has one.

/// A range of numbers: `stem`, followed by `first` to `last` in this many digits.
struct Block {
    country: &'static str,
    kind: &'static str,
    stem: &'static str,
    digits: usize,
    first: u32,
    last: u32,
}

const fn block(
    country: &'static str,
    kind: &'static str,
    stem: &'static str,
    digits: usize,
    first: u32,
    last: u32,
) -> Block {
    Block {
        country,
        kind,
        stem,
        digits,
        first,
        last,
    }
}

const BLOCKS: [Block; 19] = [
    block("JP", "DID", "+81500000", 4, 1, 9999),
    block("JP", "DID", "+8130000", 4, 1, 9999),
    block("JP", "TOLL_FREE", "+81120000", 3, 1, 999),
    block("JP", "TOLL_FREE", "+81800000", 4, 1, 9999),
    block("US", "DID", "+120655501", 2, 0, 99),
    block("US", "DID", "+121255501", 2, 0, 99),
    block("US", "DID", "+131255501", 2, 0, 99),
    block("US", "DID", "+141555501", 2, 0, 99),
    block("US", "TOLL_FREE", "+180055501", 2, 0, 99),
    block("US", "TOLL_FREE", "+183355501", 2, 0, 99),
    block("US", "TOLL_FREE", "+184455501", 2, 0, 99),
    block("US", "TOLL_FREE", "+185555501", 2, 0, 99),
    block("US", "TOLL_FREE", "+186655501", 2, 0, 99),
    block("US", "TOLL_FREE", "+187755501", 2, 0, 99),
    block("US", "TOLL_FREE", "+188855501", 2, 0, 99),
    block("GB", "DID", "+442079460", 3, 0, 999),
    block("GB", "TOLL_FREE", "+448081570", 3, 0, 999),
    block("AU", "DID", "+6125550", 4, 0, 9999),
    block("AU", "TOLL_FREE", "+611800975", 3, 707, 711),
];

/// Returns all numbers of a country and type, in a fixed order.
pub(super) fn numbers(country: &str, kind: &str) -> impl Iterator<Item = String> {
    BLOCKS
        .iter()
        .filter(move |block| block.country == country && block.kind == kind)
        .flat_map(|block| {
            (block.first..=block.last)
                .map(|line| format!("{}{line:0width$}", block.stem, width = block.digits))
        })
}

/// Returns country and type of a number, or `None` if it is not in the pool.
pub(super) fn identify(number: &str) -> Option<(&'static str, &'static str)> {
    BLOCKS
        .iter()
        .find(|block| {
            number.strip_prefix(block.stem).is_some_and(|line| {
                line.len() == block.digits
                    && line.bytes().all(|byte| byte.is_ascii_digit())
                    && line
                        .parse()
                        .is_ok_and(|line| (block.first..=block.last).contains(&line))
            })
        })
        .map(|block| (block.country, block.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_identified_and_valid_in_e164() {
        for block in &BLOCKS {
            for number in numbers(block.country, block.kind).take(120) {
                assert_eq!(identify(&number), Some((block.country, block.kind)));
                assert!((11..=16).contains(&number.len()), "{number}");
            }
        }
    }

    #[test]
    fn other_countries_have_no_numbers() {
        assert_eq!(numbers("BR", "DID").count(), 0);
        assert_eq!(identify("+5511900000000"), None);
        assert_eq!(identify("+81500000x001"), None);
    }
}
