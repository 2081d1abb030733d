//! JSON text made compact: no white space, strings in NFC, no member twice.
//!
//! Numbers and strings stay the tokens that were sent; only a string that NFC changes is
//! written anew.

use std::borrow::Cow;

use serde_json::value::RawValue;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::faults::Faults;
use crate::refusal::Refusal;

/// Makes `text` compact.
///
/// # Errors
/// [`Refusal::Malformed`] where it is not JSON, [`Refusal::Invalid`] where a member stands twice.
pub fn compact(text: &str) -> Result<String, Refusal> {
    let checked: &RawValue = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let mut writer = Compact {
        text: checked.get(),
        at: 0,
        path: String::new(),
        depth: 0,
        faults: Faults::default(),
        out: String::with_capacity(text.len()),
    };
    writer.value()?;
    writer.faults.refuse_or(writer.out)
}

/// How a JSON error is told to the client.
#[must_use]
pub fn malformed(error: &serde_json::Error) -> Refusal {
    Refusal::Malformed(error.to_string())
}

/// The deepest nesting that is read, the same as the parser's own limit.
const DEPTH_LIMIT: usize = 100;

struct Compact<'a> {
    text: &'a str,
    at: usize,
    /// JSON pointer to the value at hand.
    path: String,
    depth: usize,
    faults: Faults,
    out: String,
}

impl<'a> Compact<'a> {
    /// Copies one value.
    fn value(&mut self) -> Result<(), Refusal> {
        match self.peek() {
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(|_| ()),
            _ => {
                let token = self.take_while(|byte| !b",]} \t\r\n".contains(&byte));
                self.out.push_str(token);
                self.check_range(token);
                Ok(())
            }
        }
    }

    /// Copies one value that stands within another, as `step` of its pointer.
    fn inner(&mut self, step: &str) -> Result<(), Refusal> {
        let outer = self.path.len();
        self.path.push('/');
        self.path.push_str(step);
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            let message = format!("nested more than {DEPTH_LIMIT} deep");
            return Err(Refusal::Malformed(message));
        }
        self.value()?;
        self.depth -= 1;
        self.path.truncate(outer);
        Ok(())
    }

    /// JSON sets no limit to numbers, but nobody could compute with what no float can hold.
    fn check_range(&mut self, token: &str) {
        if token.parse::<f64>().is_ok_and(f64::is_infinite) {
            let detail = "expected a number within the range of a 64-bit float";
            self.faults.add(&self.path, detail);
        }
    }

    fn object(&mut self) -> Result<(), Refusal> {
        let mut members: Vec<Cow<'a, str>> = Vec::new();
        self.copy();
        while self.peek() != b'}' {
            if !members.is_empty() {
                self.copy();
                self.peek();
            }
            let member = self.string()?;
            self.peek();
            self.copy();
            self.inner(&escaped(&member))?;
            members.push(member);
        }
        self.copy();
        members.sort_unstable();
        for twice in members.windows(2).filter(|pair| pair[0] == pair[1]) {
            let pointer = format!("{}/{}", self.path, escaped(&twice[0]));
            self.faults.add(&pointer, "expected each member once");
        }
        Ok(())
    }

    fn array(&mut self) -> Result<(), Refusal> {
        self.copy();
        let mut index = 0;
        while self.peek() != b']' {
            if index > 0 {
                self.copy();
            }
            self.inner(&index.to_string())?;
            index += 1;
        }
        self.copy();
        Ok(())
    }

    /// Copies one string and says what it means.
    fn string(&mut self) -> Result<Cow<'a, str>, Refusal> {
        let start = self.at;
        self.at += 1;
        loop {
            self.take_while(|byte| byte != b'"' && byte != b'\\');
            if self.text.as_bytes()[self.at] == b'"' {
                break;
            }
            self.at += 2;
        }
        self.at += 1;
        let token = &self.text[start..self.at];
        let meant = match token.contains('\\') {
            true => {
                serde_json::from_str::<String>(token).map_err(|error| malformed(&error))?.into()
            }
            false => Cow::Borrowed(&token[1..token.len() - 1]),
        };
        if meant.is_ascii() || is_nfc_quick(meant.chars()) == IsNormalized::Yes {
            self.out.push_str(token);
            return Ok(meant);
        }
        let normal: String = meant.nfc().collect();
        match normal == meant {
            true => self.out.push_str(token),
            false => self.out.push_str(&serde_json::Value::from(normal.as_str()).to_string()),
        }
        Ok(normal.into())
    }

    /// The next byte that is not white space. The text is known to be JSON, so there is one.
    fn peek(&mut self) -> u8 {
        self.take_while(|byte| b" \t\r\n".contains(&byte));
        self.text.as_bytes()[self.at]
    }

    /// Copies the byte at hand, a mark of the grammar.
    fn copy(&mut self) {
        self.out.push(char::from(self.text.as_bytes()[self.at]));
        self.at += 1;
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        let taken = &self.text[self.at..self.at + length];
        self.at += length;
        taken
    }
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
}
