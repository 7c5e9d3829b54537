//! The text of an OpenPGP signature, written otherwise than gpg does it.

use crate::common::servers::base64;

const BEGIN: &str = "-----BEGIN PGP SIGNATURE-----\n";
const END: &str = "-----END PGP SIGNATURE-----\n";

/// Each way is another text: with another byte in its packet, or with the same ones around them.
pub fn otherwise(signature: &str) -> Vec<String> {
    let packet = packet_of(signature);
    assert_eq!(armoured(&packet), signature, "it can be written again");
    let flipped = (0..packet.len()).map(|at| {
        let mut packet = packet.clone();
        packet[at] ^= 1;
        packet
    });
    let headed = |head: &str| signature.replacen(BEGIN, &format!("{BEGIN}{head}\n"), 1);
    let texts = [
        headed("Comment: x"),
        headed("Comment: "),
        headed("Version: GnuPG v2"),
        signature.lines().filter(|line| !line.starts_with('=')).map(|line| format!("{line}\n")).collect(),
        signature.replace("PGP SIGNATURE", "PGP MESSAGE"),
        signature.replacen("\n\n", "\n", 1),
        signature.replacen("\n\n", "\n \n", 1),
    ];
    flipped.chain(repacked(&packet)).map(|packet| armoured(&packet)).chain(texts).collect()
}

/// The same signature in other packets.
fn repacked(packet: &[u8]) -> Vec<Vec<u8>> {
    let body = &packet[2..];
    assert_eq!(usize::from(packet[1]), body.len(), "a length of one byte");
    let length = packet[1];
    let hashed_end = 6 + usize::from(body[5]);
    let unhashed_end = hashed_end + 2 + usize::from(body[hashed_end + 1]);
    let with_unhashed = |area: &[u8]| {
        let area = [&[0, area.len() as u8], area].concat();
        let body = [&body[..hashed_end], &area, &body[unhashed_end..]].concat();
        [&[packet[0], body.len() as u8][..], &body].concat()
    };
    let area = &body[hashed_end + 2..unhashed_end];
    vec![
        [&[0x89, 0, length], body].concat(),
        [&[0x8a, 0, 0, 0, length], body].concat(),
        [&[0x8b], body].concat(),
        [&[0xc2, length], body].concat(),
        [&[0xc2, 0xff, 0, 0, 0, length], body].concat(),
        [packet, &[0xb5, 0]].concat(),
        [&[0xb4, 1, b'x'], packet].concat(),
        [&[0x88, length + 1], body, &[0]].concat(),
        with_unhashed(&[]),
        with_unhashed(&[area, &[2, 100, 7]].concat()),
        with_unhashed(&[area, area].concat()),
        with_unhashed(&[&[0xff, 0, 0, 0, 9], &area[1..]].concat()),
        with_unhashed(&[&[9, 0x80 | 16], &area[2..]].concat()),
        higher(packet),
    ]
}

/// With the order of the curve added to the last number: both mean the same.
fn higher(packet: &[u8]) -> Vec<u8> {
    let order = [
        &[0xedu8, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14][..],
        &[0; 15],
        &[0x10],
    ]
    .concat();
    let mut packet = packet.to_vec();
    let numbers = packet.len() - order.len();
    let mut carry = 0;
    for (digit, more) in packet[numbers..].iter_mut().zip(order) {
        let sum = u16::from(*digit) + u16::from(more) + carry;
        (*digit, carry) = (sum as u8, sum >> 8);
    }
    packet
}

fn packet_of(signature: &str) -> Vec<u8> {
    let lines = signature.lines().filter(|line| !line.starts_with(['-', '=']));
    let (mut packet, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for digit in lines.collect::<String>().trim_end_matches('=').bytes() {
        let alphabet = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*b"+/");
        bits = bits << 6 | alphabet.into_iter().position(|one| one == digit).expect("base64") as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            packet.push((bits >> count) as u8);
        }
    }
    packet
}

fn armoured(packet: &[u8]) -> String {
    let text = base64(packet);
    let lines = text.as_bytes().chunks(64).map(|line| format!("{}\n", std::str::from_utf8(line).expect("base64")));
    let sum = base64(&checksum(packet).to_be_bytes()[1..]);
    format!("{BEGIN}\n{}={sum}\n{END}", lines.collect::<String>())
}

fn checksum(packet: &[u8]) -> u32 {
    packet.iter().fold(0x00b7_04ce, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte) << 16, |sum: u32, _| {
            let sum = sum << 1;
            if sum & 0x0100_0000 == 0 { sum } else { sum ^ 0x0186_4cfb }
        })
    })
}
