//! What is appended, read and checked.

/// An entry of about 600 bytes that compresses as a real one does.
pub fn entry(number: u64) -> Vec<u8> {
    let chance =
        |salt: u64| (number + 1).wrapping_mul(salt | 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let (id, nonce, minute) = (chance(0xA24B_AED4), chance(0x9FB2_1C65), number % 60);
    let corridor = number % 1000;
    format!(
        r#"{{"specversion":"1.0","id":"0192c7c8-6d2e-7a31-{id:016x}","source":"/orgs/icrc/devices/field-7","type":"corridor.status_reported.v1","subject":"corridor/road-{corridor}","time":"2023-06-15T13:{minute:02}:00+04:00","recordedtime":"2023-06-15T10:02:11.{number:06}Z","recordedby":"{nonce:016x}","dataclassification":"public","nonce":"{nonce:022x}","data":{{"status":"closed","direction":"both","traffic":["all"],"source":{{"kind":"media","by":"reuters","reliability":"B","credibility":2,"url":"https://example.org/{id:x}"}},"note":"{corridor} trucks wait at the bridge since the morning, and nobody has told them why"}}}}"#
    )
    .into_bytes()
}
