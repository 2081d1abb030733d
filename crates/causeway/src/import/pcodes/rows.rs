//! The rows of the table: what is a place, and what is wrong with what is none.

use std::io::{self, BufRead, Read};

use causeway_domain::Id;
use causeway_domain::time::Time;
use csv::ReaderBuilder;

use super::Item;

/// What the columns are called, in their order.
const COLUMNS: [&str; 6] =
    ["Location", "Admin Level", "P-Code", "Name", "Parent P-Code", "Valid from date"];

/// The longest table that is read: it is held whole, because parents may come last. The table of
/// the world's first two levels is a fortieth of it.
const TABLE_LIMIT: u64 = 64 << 20;

/// The most lines that one row may go over, where a quoted field has line ends.
const ROW_LINES: usize = 8;

/// A table, taken apart.
pub struct Table {
    /// What can be places, in their order.
    pub rows: Vec<Row>,
    /// What cannot, and why.
    pub wrong: Vec<Item>,
}

/// Reads a table to its end.
///
/// # Errors
/// Where it cannot be read, is too long, or is another table.
pub fn read(input: &mut dyn BufRead) -> io::Result<Table> {
    let bytes = bytes(input)?;
    let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut texts = Texts { rest, line: 1 }.filter(|(_, text)| !text.trim_ascii().is_empty());
    check_header(texts.next())?;
    let mut table = Table { rows: Vec::new(), wrong: Vec::new() };
    for (line, text) in texts.filter(|(_, text)| !is_tags(text)) {
        match Row::read(line, text) {
            Ok(row) => table.rows.push(row),
            Err(fault) => table.wrong.push(Item { line, text: Err(fault) }),
        }
    }
    Ok(table)
}

fn bytes(input: &mut dyn BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(TABLE_LIMIT + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 <= TABLE_LIMIT {
        true => Ok(bytes),
        false => Err(invalid(format!("a table of P-codes has at most {TABLE_LIMIT} bytes"))),
    }
}

fn invalid(fault: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}

/// Whether it is the row of HXL tags that OCHA puts under the header.
fn is_tags(text: &[u8]) -> bool {
    text.starts_with(b"#")
}

fn check_header(first: Option<(usize, &[u8])>) -> io::Result<()> {
    let (line, text) = first.unwrap_or((1, b""));
    if fields(text).is_ok_and(|found| found == COLUMNS) {
        return Ok(());
    }
    let found: String = String::from_utf8_lossy(text).trim().chars().take(200).collect();
    let expected = COLUMNS.join(",");
    Err(invalid(format!("line {line}: expected the header `{expected}`, found `{found}`")))
}

/// The texts of the rows, each with the line where it begins.
struct Texts<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Iterator for Texts<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<(usize, &'a [u8])> {
        let (text, rest) = self.rest.split_at(end_of_row(self.rest)?);
        let line = self.line;
        self.line += text.iter().filter(|byte| **byte == b'\n').count();
        self.rest = rest;
        Some((line, text))
    }
}

/// Where the first row ends: with its line, unless a quoted field goes over several. A quote that
/// is never closed must not take the rows that follow with it.
fn end_of_row(table: &[u8]) -> Option<usize> {
    let lines = table.split_inclusive(|byte| *byte == b'\n');
    let mut ends = lines.take(ROW_LINES).scan((0, 0), |(end, quotes), line| {
        *end += line.len();
        *quotes += line.iter().filter(|byte| **byte == b'"').count();
        Some((*end, *quotes % 2 == 0))
    });
    let (line, has_pairs) = ends.next()?;
    if has_pairs {
        return Some(line);
    }
    let row = ends.find(|&(end, has_pairs)| has_pairs && is_one_row(&table[..end]));
    Some(row.map_or(line, |(end, _)| end))
}

fn is_one_row(text: &[u8]) -> bool {
    reader(text).into_byte_records().count() == 1
}

fn reader(text: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text)
}

fn fields(text: &[u8]) -> Result<Vec<String>, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("not UTF-8: {error}"))?;
    if !text.contains('"') {
        // Nearly every row; to make a reader for each would take half the time of an import.
        return Ok(text.trim_end_matches(['\r', '\n']).split(',').map(str::to_owned).collect());
    }
    let mut records = reader(text.as_bytes()).into_records();
    let record = records.next().transpose().map_err(|error| error.to_string())?;
    Ok(record.iter().flatten().map(str::to_owned).collect())
}

/// A row that can be a place.
pub struct Row {
    /// The line where it begins, from 1.
    pub line: usize,
    /// The country, as `AFG` (ISO 3166-1 alpha-3).
    pub country: String,
    /// 1 for the areas that a country is divided into, 2 for those that these are divided into.
    pub level: u8,
    /// As the table spells it.
    pub pcode: String,
    /// Empty where the table has none.
    pub name: String,
    /// The P-code of the place it lies in.
    pub parent: String,
    /// The date from which it is valid.
    pub edition: String,
}

impl Row {
    fn read(line: usize, text: &[u8]) -> Result<Row, String> {
        let fields = fields(text)?;
        let count = fields.len();
        let Ok([country, level, pcode, name, parent, edition]) = <[String; 6]>::try_from(fields)
        else {
            return Err(format!("expected {} columns, found {count}", COLUMNS.len()));
        };
        let level = level_of(&level)?;
        let row = Row { line, country, level, pcode, name, parent, edition };
        row.check().map(|()| row)
    }

    fn check(&self) -> Result<(), String> {
        let Row { country, level, pcode, parent, edition, .. } = self;
        let id = place(pcode, edition);
        if country.len() != 3 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(expected("an ISO 3166 code such as AFG", "Location", country));
        }
        if pcode.is_empty() {
            return Err(expected("a P-code", "P-Code", pcode));
        }
        if first_instant(edition).parse::<Time>().is_err() {
            return Err(expected("a date such as 2021-11-17", "Valid from date", edition));
        }
        if let Err(expected) = id.parse::<Id>() {
            return Err(format!("`{pcode}` makes no id: {expected}, found `{id}`"));
        }
        if *level == 1 && parent != country {
            return Err(expected(&format!("the country, {country},"), "Parent P-Code", parent));
        }
        Ok(())
    }
}

fn level_of(text: &str) -> Result<u8, String> {
    let level = text.parse().ok().filter(|level| (1..=9).contains(level));
    level.ok_or_else(|| expected("a number from 1", "Admin Level", text))
}

fn expected(what: &str, column: &str, found: &str) -> String {
    match found {
        "" => format!("expected {what} as `{column}`, found nothing"),
        found => format!("expected {what} as `{column}`, found `{found}`"),
    }
}

/// The id of the place that has this P-code in this edition.
#[must_use]
pub fn place(pcode: &str, edition: &str) -> String {
    format!("{}-{edition}", pcode.to_lowercase())
}

/// When a place of this edition begins to be valid.
#[must_use]
pub fn first_instant(edition: &str) -> String {
    format!("{edition}T00:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date";
    const KABUL: &str = "AFG,1,AF01,Kabul,AFG,2021-11-17";

    fn table(text: impl AsRef<[u8]>) -> Table {
        read(&mut text.as_ref()).unwrap()
    }

    #[test]
    fn a_row_that_is_wrong_says_why_and_costs_only_itself() {
        for (row, expected) in [
            ("AFG,1,AF02", "expected 6 columns, found 3"),
            ("AFG,1,\"AF02,Kapisa,AFG,2021-11-17", "expected 6 columns, found 3"),
            ("AFG,1,,Kapisa,AFG,2021-11-17", "expected a P-code as `P-Code`, found nothing"),
            ("Kabul,1,AF02,Kapisa,AFG,2021-11-17", "such as AFG as `Location`, found `Kabul`"),
            ("AFG,one,AF02,Kapisa,AFG,2021-11-17", "as `Admin Level`, found `one`"),
            ("AFG,0,AF02,Kapisa,AFG,2021-11-17", "as `Admin Level`, found `0`"),
            ("AFG,1,AF02,Kapisa,AFG,17-11-2021", "as `Valid from date`, found `17-11-2021`"),
            ("AFG,1,AF02,Kapisa,AFG,2021-02-30", "as `Valid from date`, found `2021-02-30`"),
            ("AFG,1,AF 02,Kapisa,AFG,2021-11-17", "found `af 02-2021-11-17`"),
            ("AFG,1,AF02,Kapisa,AF,2021-11-17", "expected the country, AFG, as `Parent P-Code`"),
        ] {
            let Table { rows, wrong } = table(format!("{HEADER}\n{row}\n{KABUL}\n{KABUL}"));
            let [Item { line: 2, text: Err(told) }] = wrong.as_slice() else {
                panic!("`{row}`: {wrong:?}");
            };
            assert!(told.contains(expected), "`{row}`: {told}");
            assert!(rows.iter().map(|row| row.line).eq([3, 4]), "`{row}` costs more than itself");
        }
        let not_text = table([HEADER.as_bytes(), b"\nAFG,1,AF02,\xff,AFG,2021-11-17\n"].concat());
        assert!(not_text.wrong[0].text.clone().unwrap_err().starts_with("not UTF-8"));
    }

    #[test]
    fn a_table_may_have_a_mark_tags_quotes_and_line_ends_of_either_kind() {
        let header = HEADER.replace("Name", "\"Name\"");
        let tags =
            "#country+code,#geo+admin_level,#adm+code,#adm+name,#adm+code+parent,#date+start";
        let quoted = "COL,1,CO11,\"Bogota, \"\"D.C.\"\"\r\n(capital)\",COL,2020-04-16";
        let bare = "COL,1,CO05,\"Antioquia\",COL,2020-04-16";
        let Table { rows, wrong } =
            table(format!("\u{feff}{header}\r\n{tags}\r\n\r\n{quoted}\r\n{KABUL}\n{bare}"));
        assert_eq!(wrong, []);
        assert!(rows.iter().map(|row| row.line).eq([4, 6, 7]));
        let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names, ["Bogota, \"D.C.\"\r\n(capital)", "Kabul", "Antioquia"]);
        assert!(rows.iter().all(|row| row.edition.len() == "2020-04-16".len()));
    }

    #[test]
    fn quotes_that_stand_in_a_name_or_are_never_closed_take_no_other_row_with_them() {
        let bare = "AFG,1,AF02,Kap\"isa,AFG,2021-11-17";
        let open = "AFG,1,\"AF03,Parwan,AFG,2021-11-17";
        let quoted = "AFG,1,AF04,\"Maidan, Wardak\",AFG,2021-11-17";
        let lines = [HEADER, bare, KABUL, bare, open, KABUL, quoted, KABUL];
        let Table { rows, wrong } = table(lines.join("\n"));
        assert!(rows.iter().map(|row| row.line).eq([2, 3, 4, 6, 7, 8]));
        assert!(wrong.iter().map(|item| item.line).eq([5]));
        assert_eq!(rows[0].name, "Kap\"isa");
    }

    #[test]
    fn another_table_is_not_read() {
        for text in ["", "\n", "Name,P-Code\nKabul,AF01\n", "{\"type\":\"x\"}\n"] {
            let told = read(&mut text.as_bytes()).err().unwrap().to_string();
            assert!(told.contains(HEADER), "{told}");
        }
        let mut long = io::BufReader::new(io::repeat(b',').take(TABLE_LIMIT + 1));
        let told = read(&mut long).err().unwrap().to_string();
        assert!(told.contains("at most"), "{told}");
    }
}
