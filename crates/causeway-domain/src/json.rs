//! JSON text made compact: no white space, strings in NFC, no member twice.
//!
//! Numbers and strings stay the tokens that were sent; only a string that NFC changes is
//! written anew.

use std::borrow::Cow;

use memchr::memchr2;
use serde_json::value::RawValue;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::faults::Faults;
use crate::refusal::Refusal;

/// Makes `text` compact.
///
/// # Errors
/// [`Refusal::Malformed`] where it is not JSON, [`Refusal::Invalid`] where a member stands twice.
pub fn compact(text: &str) -> Result<String, Refusal> {
    serde_json::from_str::<&RawValue>(text).map_err(|error| malformed(&error))?;
    squeezed(text, 0).map(Cow::into_owned)
}

/// As [`compact`], for JSON that stands so deep in other JSON.
pub(crate) fn squeezed(text: &str, depth: usize) -> Result<Cow<'_, str>, Refusal> {
    let mut compact = Compact {
        text,
        depth,
        is_ascii: text.is_ascii(),
        at: 0,
        taken: 0,
        path: Vec::new(),
        members: Vec::new(),
        faults: Faults::default(),
        out: String::new(),
    };
    compact.value()?;
    match compact.peek() {
        None => compact.finish(),
        Some(_) => Err(no_json()),
    }
}

/// How a JSON error is told to the client.
#[must_use]
pub fn malformed(error: &serde_json::Error) -> Refusal {
    Refusal::Malformed(error.to_string())
}

fn no_json() -> Refusal {
    Refusal::Malformed("expected JSON".to_owned())
}

/// The deepest nesting that is read, the same as the parser's own limit.
const DEPTH_LIMIT: usize = 100;
/// So many members are held against each other one by one; it is quicker than sorting them.
const FEW_MEMBERS: usize = 24;

struct Compact<'a> {
    text: &'a str,
    depth: usize,
    is_ascii: bool,
    at: usize,
    /// Up to where the text stands in `out`, as far as it is to stand there.
    taken: usize,
    /// The way to the value at hand.
    path: Vec<Step>,
    /// The names of the members come by so far, of every object that is not at its end.
    members: Vec<Cow<'a, str>>,
    faults: Faults,
    out: String,
}

/// A step from a value to one within it.
enum Step {
    /// To a member, by its place in [`Compact::members`].
    Member(usize),
    Item(usize),
}

impl<'a> Compact<'a> {
    fn value(&mut self) -> Result<(), Refusal> {
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string().map(|_| ()),
            Some(_) => {
                let token = self.take_while(|byte| !b",]} \t\r\n".contains(&byte));
                self.check_range(token);
                Ok(())
            }
            None => Err(no_json()),
        }
    }

    /// Passes one value that stands within another.
    fn inner(&mut self, step: Step) -> Result<(), Refusal> {
        self.path.push(step);
        if self.depth + self.path.len() > DEPTH_LIMIT {
            let message = format!("nested more than {DEPTH_LIMIT} deep");
            return Err(Refusal::Malformed(message));
        }
        self.value()?;
        self.path.pop();
        Ok(())
    }

    /// JSON sets no limit to numbers, but nobody could compute with what no float can hold.
    fn check_range(&mut self, token: &str) {
        if token.parse::<f64>().is_ok_and(f64::is_infinite) {
            let detail = "expected a number within the range of a 64-bit float";
            self.faults.add(&self.pointer(), detail);
        }
    }

    fn object(&mut self) -> Result<(), Refusal> {
        let first = self.members.len();
        self.at += 1;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(no_json());
            }
            let member = self.string()?;
            if self.mark()? != b':' {
                return Err(no_json());
            }
            self.members.push(member);
            self.inner(Step::Member(self.members.len() - 1))?;
            match self.mark()? {
                b',' => {}
                b'}' => break,
                _ => return Err(no_json()),
            }
        }
        self.check_names(first);
        Ok(())
    }

    /// Each of the members from `first` on stands once.
    fn check_names(&mut self, first: usize) {
        if are_few_and_distinct(&self.members[first..]) {
            self.members.truncate(first);
            return;
        }
        let mut members = self.members.split_off(first);
        members.sort_unstable();
        for twice in members.windows(2).filter(|pair| pair[0] == pair[1]) {
            let pointer = format!("{}/{}", self.pointer(), escaped(&twice[0]));
            self.faults.add(&pointer, "expected each member once");
        }
    }

    fn array(&mut self) -> Result<(), Refusal> {
        self.at += 1;
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        for index in 0.. {
            self.inner(Step::Item(index))?;
            match self.mark()? {
                b',' => {}
                b']' => break,
                _ => return Err(no_json()),
            }
        }
        Ok(())
    }

    /// Passes one string and says what it means.
    fn string(&mut self) -> Result<Cow<'a, str>, Refusal> {
        let start = self.at;
        let is_escaped = self.pass_string()?;
        let token = &self.text[start..self.at];
        let plain = &token[1..token.len() - 1];
        if !is_escaped && (self.is_ascii || is_composed(plain)) {
            return Ok(plain.into());
        }
        let meant: String = serde_json::from_str(token).map_err(|error| malformed(&error))?;
        if is_composed(&meant) {
            return Ok(meant.into());
        }
        let normal: String = meant.nfc().collect();
        if normal != meant {
            self.out.push_str(&self.text[self.taken..start]);
            self.out.push_str(&serde_json::Value::from(normal.as_str()).to_string());
            self.taken = self.at;
        }
        Ok(normal.into())
    }

    /// Goes behind the end of the string at hand; says whether anything in it is escaped.
    fn pass_string(&mut self) -> Result<bool, Refusal> {
        self.at += 1;
        let mut is_escaped = false;
        loop {
            let rest = self.text.as_bytes().get(self.at..).ok_or_else(no_json)?;
            let special = memchr2(b'"', b'\\', rest).ok_or_else(no_json)?;
            if rest[special] == b'"' {
                self.at += special + 1;
                return Ok(is_escaped);
            }
            is_escaped = true;
            self.at += special + 2;
        }
    }

    /// The next byte that is not white space, which is left out.
    fn peek(&mut self) -> Option<u8> {
        let next = *self.text.as_bytes().get(self.at)?;
        if !is_space(next) {
            return Some(next);
        }
        self.out.push_str(&self.text[self.taken..self.at]);
        self.take_while(is_space);
        self.taken = self.at;
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes the next mark of the grammar.
    fn mark(&mut self) -> Result<u8, Refusal> {
        let mark = self.peek().ok_or_else(no_json)?;
        self.at += 1;
        Ok(mark)
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }

    fn pointer(&self) -> String {
        let step = |step: &Step| match step {
            Step::Member(at) => format!("/{}", escaped(&self.members[*at])),
            Step::Item(index) => format!("/{index}"),
        };
        self.path.iter().map(step).collect()
    }

    fn finish(mut self) -> Result<Cow<'a, str>, Refusal> {
        if self.taken == 0 {
            return self.faults.refuse_or(self.text.into());
        }
        self.out.push_str(&self.text[self.taken..]);
        self.faults.refuse_or(self.out.into())
    }
}

fn is_space(byte: u8) -> bool {
    b" \t\r\n".contains(&byte)
}

/// Whether the text is known to be in NFC.
pub(crate) fn is_composed(text: &str) -> bool {
    text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes
}

fn are_few_and_distinct(names: &[Cow<'_, str>]) -> bool {
    let mut numbered = names.iter().enumerate();
    names.len() <= FEW_MEMBERS && numbered.all(|(index, name)| !names[..index].contains(name))
}

/// A member's name as a step of a JSON pointer (RFC 6901).
#[must_use]
pub fn escaped(member: &str) -> Cow<'_, str> {
    match member.contains(['~', '/']) {
        true => member.replace('~', "~0").replace('/', "~1").into(),
        false => member.into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn white_space_goes_and_tokens_stay() {
        let text = " { \"a\" : [ 1.50 , -0e3 , \"\\u0041 b\" ] , \"b\" : { } } ";
        assert_eq!(compact(text).unwrap(), r#"{"a":[1.50,-0e3,"\u0041 b"],"b":{}}"#);
    }

    #[test]
    fn strings_are_composed() {
        assert_eq!(compact("\"Go\u{308}ris\"").unwrap(), "\"G\u{f6}ris\"");
        assert_eq!(compact(r#""Go\u0308ris""#).unwrap(), "\"G\u{f6}ris\"");
    }

    #[test]
    fn a_member_that_stands_twice_is_named() {
        let refusal = compact(r#"{"a":{"b/c":1,"b\u002fc":2}}"#).unwrap_err();
        assert_eq!(refusal, Refusal::fault("/a/b~1c", "expected each member once"));
    }

    #[test]
    fn a_number_that_no_float_can_hold_is_named() {
        let refusal = compact(r#"{"a":[1e308,-1e309]}"#).unwrap_err();
        let expected = "expected a number within the range of a 64-bit float";
        assert_eq!(refusal, Refusal::fault("/a/1", expected));
    }

    #[test]
    fn an_escaped_name_is_the_same_name() {
        let refusal = compact("{\"Go\u{308}ris\":1,\"G\\u00f6ris\":2}").unwrap_err();
        assert_eq!(refusal, Refusal::fault("/G\u{f6}ris", "expected each member once"));
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(compact(&nested(DEPTH_LIMIT + 1)).is_ok());
        assert_eq!(
            compact(&nested(DEPTH_LIMIT + 2)),
            Err(Refusal::Malformed("nested more than 100 deep".to_owned()))
        );
    }

    #[test]
    fn what_is_compact_stays_as_it_is() {
        for event in crate::schema::EVENT_TYPES.iter() {
            let once = compact(event.example).unwrap();
            assert_eq!(compact(&once).unwrap(), once);
            let sent: serde_json::Value = serde_json::from_str(event.example).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&once).unwrap(), sent);
        }
    }

    #[test]
    fn what_is_not_json_is_malformed() {
        for text in ["", "{", "{\"a\":}", "[1,]", "\"\\ud800\"", "{} {}"] {
            assert!(matches!(compact(text), Err(Refusal::Malformed(_))), "{text}");
        }
    }

    /// Pieces of JSON in no good order, and most of the time no JSON.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = proptest::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            " ",
            "\n",
            "\t",
            "\"a\"",
            "\"b\":",
            "{\"a\":",
            "1",
            "-0e3",
            "1e999",
            "true",
            "nu",
            "ll",
            "o\u{308}",
            "\"o\u{308}\"",
            "\\u0308",
            "\u{1}",
        ]);
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn squeezing_makes_json_of_nothing_that_is_not(text in pieces()) {
            let checked = compact(&text);
            let is_json = |text: &str| serde_json::from_str::<&RawValue>(text).is_ok();
            let squeezed = squeezed(&text, 0).map(Cow::into_owned);
            match checked {
                Err(Refusal::Malformed(_)) => prop_assert!(!squeezed.is_ok_and(|text| is_json(&text))),
                checked => prop_assert_eq!(squeezed, checked),
            }
        }

        #[test]
        fn it_does_not_matter_how_json_is_spaced(gaps in proptest::collection::vec("[ \t\r\n]{0,3}", 13)) {
            let tokens = ["{", r#""a""#, ":", "[", "1", ",", r#""x y""#, "]", ",", r#""b""#, ":", "{}", "}"];
            let spaced: String =
                gaps.iter().zip(tokens).map(|(gap, token)| format!("{gap}{token}")).collect();
            prop_assert_eq!(compact(&spaced).unwrap(), tokens.concat());
        }
    }
}
