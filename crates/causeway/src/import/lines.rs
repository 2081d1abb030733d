//! Events out of a file, one at a time, however long the file is.
//!
//! A file that begins with `[` is an array. One whose first event goes over several lines is one
//! event after the other. Any other has an event on each line, and a broken line costs only
//! itself.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Cursor, Read};
use std::rc::Rc;

use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The longest text that is read as one event; no event on record is a sixteenth of it.
const TEXT_LIMIT: usize = 1 << 20;

/// An event as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The line where it begins, from 1.
    pub line: usize,
    /// Its text, on one line; or why there is none.
    pub text: Result<String, String>,
}

/// Takes each event as it comes.
pub type Taker<'a> = dyn FnMut(Item) -> anyhow::Result<()> + 'a;

/// Hands every event of `input` to `take`, until that fails.
///
/// # Errors
/// Where the input cannot be read, and what `take` fails with.
pub fn each(input: &mut dyn BufRead, take: &mut Taker<'_>) -> anyhow::Result<()> {
    let mut line = 1 + skip_blank_lines(input)?;
    if input.fill_buf()?.first() == Some(&b'[') {
        return each_element(Counted::new(input, line), take);
    }
    let mut read = read_line(input)?;
    if read.is_cut_off() {
        let blank_lines = skip_blank_lines(input)?;
        if input.fill_buf()?.first() != Some(&b'{') {
            let mut head = read.text;
            head.resize(head.len() + blank_lines, b'\n');
            return each_value(Counted::new(Cursor::new(head).chain(input), line), take);
        }
        take(Item { line, text: read.into_text() })?;
        line += 1 + blank_lines;
        read = read_line(input)?;
    }
    while !read.is_end() {
        if !read.text.trim_ascii().is_empty() {
            take(Item { line, text: read.into_text() })?;
        }
        line += 1;
        read = read_line(input)?;
    }
    Ok(())
}

/// Skips blank lines and a byte order mark, and says how many lines that were.
fn skip_blank_lines(input: &mut dyn BufRead) -> io::Result<usize> {
    let mut lines = 0;
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    loop {
        let buffer = input.fill_buf()?;
        let blank = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        lines += count_lines(&buffer[..blank]);
        let is_all_blank = blank > 0 && blank == buffer.len();
        input.consume(blank);
        if !is_all_blank {
            return Ok(lines);
        }
    }
}

fn count_lines(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

/// A line as it was read.
struct Line {
    /// With its line end; the beginning of it where it is too long.
    text: Vec<u8>,
    is_too_long: bool,
}

impl Line {
    fn is_end(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether it is the beginning of a JSON text that goes on.
    fn is_cut_off(&self) -> bool {
        let value = serde_json::from_slice::<serde::de::IgnoredAny>(&self.text);
        !self.is_too_long && value.is_err_and(|error| error.is_eof())
    }

    fn into_text(self) -> Result<String, String> {
        if self.is_too_long {
            return Err(format!("the line is longer than {TEXT_LIMIT} bytes, no event is"));
        }
        let text = String::from_utf8(self.text).map_err(|error| format!("not UTF-8: {error}"))?;
        Ok(text.trim().to_owned())
    }
}

/// Reads a line; of one that is too long, only the beginning is kept.
fn read_line(input: &mut dyn BufRead) -> io::Result<Line> {
    let mut text = Vec::new();
    input.take(TEXT_LIMIT as u64).read_until(b'\n', &mut text)?;
    let is_too_long = text.len() == TEXT_LIMIT && !text.ends_with(b"\n");
    if is_too_long {
        input.skip_until(b'\n')?;
    }
    Ok(Line { text, is_too_long })
}

/// The elements of an array.
fn each_element<R: Read>(input: Counted<R>, take: &mut Taker<'_>) -> anyhow::Result<()> {
    let counts = Rc::clone(&input.counts);
    let mut failure = None;
    let elements = Elements { take, counts: &counts, failure: &mut failure };
    let mut json = serde_json::Deserializer::from_reader(input);
    let read = json.deserialize_seq(elements).and_then(|()| json.end());
    match (failure, read) {
        (Some(failure), _) => Err(failure),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => broken(error, &counts, take),
    }
}

/// One value after the other.
fn each_value<R: Read>(input: Counted<R>, take: &mut Taker<'_>) -> anyhow::Result<()> {
    let counts = Rc::clone(&input.counts);
    let json = serde_json::Deserializer::from_reader(input);
    for value in json.into_iter::<Box<RawValue>>() {
        match value {
            Ok(value) => take(counts.item(&value))?,
            Err(error) => return broken(error, &counts, take),
        }
    }
    Ok(())
}

/// What cannot be read costs the rest of the file, because nobody knows where an event would
/// begin.
fn broken(error: serde_json::Error, counts: &Counts, take: &mut Taker<'_>) -> anyhow::Result<()> {
    if error.is_io() && counts.left.get() > 0 {
        return Err(io::Error::from(error).into());
    }
    let text = Err(format!("{}; the rest of the file was not read", bare(&error)));
    take(Item { line: counts.line.get(), text })
}

/// The message without its place, which counts from the first event and not from the first line.
fn bare(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}

struct Elements<'a, 'b> {
    take: &'a mut Taker<'b>,
    counts: &'a Counts,
    failure: &'a mut Option<anyhow::Error>,
}

impl<'de> Visitor<'de> for Elements<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(element) = elements.next_element::<Box<RawValue>>()? {
            if let Err(error) = (self.take)(self.counts.item(&element)) {
                *self.failure = Some(error);
                return Err(A::Error::custom("the events are not taken any more"));
            }
        }
        Ok(())
    }
}

/// Where reading has come to.
struct Counts {
    /// The line, from 1.
    line: Cell<usize>,
    /// How many more bytes the next event may have.
    left: Cell<usize>,
}

impl Counts {
    /// The event that was read just now.
    fn item(&self, value: &RawValue) -> Item {
        self.left.set(TEXT_LIMIT);
        let lines = count_lines(value.get().as_bytes());
        // A line end inside a JSON text is never inside a string.
        let text = value.get().replace(['\n', '\r'], " ");
        Item { line: self.line.get().saturating_sub(lines), text: Ok(text) }
    }
}

/// A reader that counts lines, and ends where one event takes too much.
struct Counted<R> {
    inner: R,
    counts: Rc<Counts>,
}

impl<R: Read> Counted<R> {
    fn new(inner: R, line: usize) -> Counted<R> {
        let counts = Counts { line: Cell::new(line), left: Cell::new(TEXT_LIMIT) };
        Counted { inner, counts: Rc::new(counts) }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.counts.left.get();
        if left == 0 {
            return Err(io::Error::other(format!("no event is longer than {TEXT_LIMIT} bytes")));
        }
        // One byte at a time, so that the count stands where the parser stands.
        let read = self.inner.read(&mut buffer[..1])?;
        let lines = count_lines(&buffer[..read]);
        self.counts.line.set(self.counts.line.get() + lines);
        self.counts.left.set(left - read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &[u8]) -> Vec<Item> {
        let mut items = Vec::new();
        each(&mut &*text, &mut |item| {
            items.push(item);
            Ok(())
        })
        .unwrap();
        items
    }

    fn texts(text: &str) -> Vec<(usize, String)> {
        items(text.as_bytes()).into_iter().map(|item| (item.line, item.text.unwrap())).collect()
    }

    fn at<const N: usize>(expected: [(usize, &str); N]) -> Vec<(usize, String)> {
        expected.map(|(line, text)| (line, text.to_owned())).to_vec()
    }

    #[test]
    fn an_event_stands_on_each_line() {
        let expected = at([(1, r#"{"a":1}"#), (3, r#"{"b":2}"#), (4, r#"{"c":3}"#)]);
        assert_eq!(texts("{\"a\":1}\n\n{\"b\":2}\r\n  {\"c\":3}"), expected);
    }

    #[test]
    fn a_broken_line_costs_only_itself() {
        for first in ["{\"a\":", "nonsense", "{\"a\":1}}", "\"a"] {
            let expected = at([(1, first), (2, r#"{"b":2}"#), (3, r#"{"c":3}"#)]);
            assert_eq!(texts(&format!("{first}\n{{\"b\":2}}\n{{\"c\":3}}\n")), expected);
        }
        let found = items(b"{\"a\":\"\xff\"}\n{\"b\":2}\n");
        assert!(found[0].text.is_err());
        assert_eq!(found[1].text.as_deref(), Ok("{\"b\":2}"));
    }

    #[test]
    fn an_array_gives_its_elements_each_with_its_line() {
        let text = "\n[\n  {\n    \"a\": 1\n  },\n  {\"b\": [2]}, {\"c\": \"]\"}\n]\n";
        let found = texts(text);
        assert_eq!(found[0].0, 3);
        assert!(!found[0].1.contains('\n'));
        assert_eq!(found[1..], at([(6, r#"{"b": [2]}"#), (6, r#"{"c": "]"}"#)]));
        assert_eq!(texts("[]"), []);
        assert_eq!(texts("\u{feff}[{}]"), at([(1, "{}")]));
    }

    #[test]
    fn an_event_may_go_over_several_lines() {
        let one = "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n";
        assert_eq!(texts(one).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1]);
        let two = texts(&format!("{one}{one}"));
        assert_eq!(two.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 6]);
    }

    #[test]
    fn a_broken_array_tells_where_and_keeps_what_came_before() {
        let found = items(b"[{\"a\":1},\n{\"b\":2}\n{\"c\":3}]");
        assert_eq!(found.len(), 3);
        assert_eq!(found[2].line, 3);
        let told = found[2].text.clone().unwrap_err();
        assert!(told.ends_with("the rest of the file was not read"), "{told}");
    }

    #[test]
    fn what_is_too_long_is_not_kept_in_memory() {
        let long = "x".repeat(2 * TEXT_LIMIT);
        let found = items(format!("{long}\n{{\"b\":2}}\n").as_bytes());
        assert!(found[0].text.is_err());
        assert_eq!(found[1].text.as_deref(), Ok("{\"b\":2}"));
        let found = items(format!("[{{}},\"{long}\"]").as_bytes());
        assert_eq!(found.len(), 2);
        assert!(found[1].text.as_ref().unwrap_err().contains("no event is longer"));
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(texts(""), []);
        assert_eq!(texts("\n \n"), []);
    }

    #[test]
    fn who_takes_no_more_gets_no_more() {
        for text in ["{}\n{}\n", "[{},{}]", "{\n}\n{\n}"] {
            let mut taken = 0;
            let outcome = each(&mut text.as_bytes(), &mut |_| {
                taken += 1;
                anyhow::bail!("enough")
            });
            assert_eq!(outcome.unwrap_err().to_string(), "enough");
            assert_eq!(taken, 1);
        }
    }
}
