//! A signature of Ed25519 ends with a number of which only the remainder counts: with the order of the curve added it is
//! another text, and just as good for gpg and ssh-keygen.

/// The order of the curve, its high half and its low one.
const ORDER: (u128, u128) = (1 << 124, 0x14de_f9de_a2f7_9cd6_5812_631a_5cf5_d3ed);

/// Whether a number is the lowest of those that mean the same, as signers write it. `bytes` are little-endian; zeros in
/// front may be left out, as OpenPGP does.
pub fn is_lowest(bytes: &[u8]) -> bool {
    let mut number = [0; 32];
    let Some(start) = number.len().checked_sub(bytes.len()) else { return false };
    number[start..].copy_from_slice(bytes);
    let (low, high) = number.split_at(16);
    let half = |bytes: &[u8]| bytes.iter().rev().fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
    (half(high), half(low)) < ORDER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_itself_is_too_high() {
        let mut order = [&ORDER.1.to_le_bytes()[..], &ORDER.0.to_le_bytes()].concat();
        assert!(!is_lowest(&order));
        order[0] -= 1;
        assert!(is_lowest(&order) && is_lowest(&[]) && is_lowest(&[0x0f; 31]));
        assert!(!is_lowest(&[0xff; 31]) && !is_lowest(&[0; 33]));
    }
}
