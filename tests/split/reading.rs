//! Where does the reader put data?

use std::ops::Range;

use rustls::ContentType::ApplicationData;
use rustls::Error;
use rustls_direct::record::HEADER_LEN;
use rustls_direct::split::{Event, Reader, Received};
use testing::{Pair, Setup, pattern};

use crate::{FILL, for_each_pair, is_untouched};

/// The calls that read.
const CALLS: [Call; 3] = [Call::InPlace, Call::Into, Call::IntoTooLittle];

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Call {
    InPlace,
    Into,
    /// `read_into` with a slice that is too short for nearly all records.
    IntoTooLittle,
}

impl Call {
    /// Reads a record. `out` has room for any record.
    pub(crate) fn read<'i>(
        self,
        reader: &mut Reader,
        incoming: &'i mut [u8],
        out: &'i mut [u8],
    ) -> Result<Received<'i>, Error> {
        match self {
            Self::InPlace => reader.read(incoming),
            Self::Into => reader.read_into(incoming, out),
            Self::IntoTooLittle => reader.read_into(incoming, &mut out[..3]),
        }
    }
}

pub(crate) fn for_each_call(test: impl Fn(Call, &Setup, Pair)) {
    for call in CALLS {
        println!("{call:?}");
        for_each_pair(|setup, pair| test(call, setup, pair));
    }
}

/// A buffer with room for the plaintext of any record.
pub(crate) fn ample_room() -> Vec<u8> {
    vec![FILL; 17_000]
}

/// The position of `slice` in `buffer`, or `None` if it is not a part of it.
fn place(buffer: &Range<*const u8>, slice: &[u8]) -> Option<Range<usize>> {
    let Range { start, end } = slice.as_ptr_range();
    let is_within = buffer.contains(&start) && end <= buffer.end;
    let offset = |at: *const u8| at.addr() - buffer.start.addr();
    is_within.then(|| offset(start)..offset(end))
}

/// A record with `size` bytes of data, followed by other bytes.
struct Input {
    data: Vec<u8>,
    tls: Vec<u8>,
    len: usize,
}

impl Input {
    fn new(pair: &mut Pair, size: usize) -> Self {
        let data = pattern(size);
        let mut tls = pair.forger.seal(ApplicationData, &data);
        let len = tls.len();
        tls.extend([FILL; 9]);
        Self { data, tls, len }
    }

    /// Checks that the record was received, and that its data is at offset `expected` of `buffer`.
    fn assert_at(&self, received: &Received<'_>, buffer: &Range<*const u8>, expected: usize) {
        assert_eq!(received.discard, self.len);
        assert!(!received.writer_owes);
        let Event::Data(content) = received.event else {
            panic!("{received:?}");
        };
        assert!(content == self.data);
        let expected = expected..expected + self.data.len();
        assert_eq!(place(buffer, content), Some(expected));
    }
}

#[test]
fn a_record_is_opened_in_place() {
    for_each_pair(|_, mut pair| {
        for size in [1, 1000, 16_384] {
            let input = Input::new(&mut pair, size);
            let mut incoming = input.tls.clone();
            let buffer = incoming.as_ptr_range();
            let received = pair
                .reader
                .read(&mut incoming)
                .expect("a record");
            input.assert_at(&received, &buffer, pair.forger.sealer.content_offset());
            assert!(is_untouched(&incoming[input.len..]));
        }
    });
}

#[test]
fn a_record_is_opened_into_a_slice_that_has_room() {
    for_each_pair(|setup, mut pair| {
        for size in [1, 1000, 16_384] {
            for beyond in [0, 9] {
                let input = Input::new(&mut pair, size);
                let mut incoming = input.tls.clone();
                let room = pair
                    .reader
                    .room_for(&incoming)
                    .expect("a header");
                assert_eq!(room, size + usize::from(setup.is_tls13()));
                let mut out = vec![FILL; room + beyond];
                let buffer = out.as_ptr_range();
                let received = pair
                    .reader
                    .read_into(&mut incoming, &mut out);
                input.assert_at(&received.expect("a record"), &buffer, 0);
                assert!(is_untouched(&out[room..]));
                assert!(is_untouched(&incoming[input.len..]));
            }
        }
    });
}

#[test]
fn a_record_is_opened_in_place_if_the_slice_has_no_room() {
    for_each_pair(|_, mut pair| {
        for size in [2, 1000, 16_384] {
            for len in [0, 1, usize::MAX] {
                let input = Input::new(&mut pair, size);
                let mut incoming = input.tls.clone();
                let room = pair
                    .reader
                    .room_for(&incoming)
                    .expect("a header");
                let mut out = vec![FILL; len.min(room - 1)];
                let buffer = incoming.as_ptr_range();
                let received = pair
                    .reader
                    .read_into(&mut incoming, &mut out);
                let begin = pair.forger.sealer.content_offset();
                input.assert_at(&received.expect("a record"), &buffer, begin);
                assert!(is_untouched(&out));
            }
        }
    });
}

#[test]
fn the_room_for_a_record_counts_its_padding() {
    for_each_pair(|setup, mut pair| {
        for len in 0..HEADER_LEN {
            assert_eq!(
                pair.reader
                    .room_for(&[23, 3, 3, 1, 0][..len]),
                None
            );
        }
        if !setup.is_tls13() {
            return;
        }
        for padding in [1, 1000, 16_383] {
            let mut incoming = pair
                .forger
                .seal_padded(ApplicationData, b"d", padding);
            let room = pair
                .reader
                .room_for(&incoming[..HEADER_LEN]);
            assert_eq!(room, Some(1 + 1 + padding));
            let mut out = vec![FILL; 2 + padding];
            let buffer = out.as_ptr_range();
            let received = pair
                .reader
                .read_into(&mut incoming, &mut out)
                .expect("a record");
            let Event::Data(content) = received.event else {
                panic!("{received:?}")
            };
            assert_eq!((content, place(&buffer, content)), (&b"d"[..], Some(0..1)));
        }
    });
}

#[test]
fn a_partial_record_is_left_untouched() {
    for_each_call(|call, _, mut pair| {
        let record = pair
            .forger
            .seal(ApplicationData, b"data");
        for len in 0..record.len() {
            let mut incoming = record[..len].to_vec();
            let mut out = ample_room();
            let received = call
                .read(&mut pair.reader, &mut incoming, &mut out)
                .expect("no error");
            assert_eq!((received.discard, received.event), (0, Event::Incomplete));
            assert_eq!(incoming, record[..len]);
            assert!(is_untouched(&out));
        }
        let (mut incoming, mut out) = (record, ample_room());
        let received = call
            .read(&mut pair.reader, &mut incoming, &mut out)
            .expect("a record");
        assert_eq!(received.event, Event::Data(b"data"));
    });
}

#[test]
fn the_calls_can_be_mixed() {
    for_each_pair(|_, mut pair| {
        let records: Vec<_> = (1..=20)
            .map(|i| pattern(i * 800))
            .collect();
        let mut incoming: Vec<_> = records
            .iter()
            .flat_map(|content| {
                pair.forger
                    .seal(ApplicationData, content)
            })
            .collect();
        let mut rest = &mut incoming[..];
        let mut out = ample_room();
        for (content, call) in records
            .iter()
            .zip(CALLS.into_iter().cycle())
        {
            let received = call
                .read(&mut pair.reader, rest, &mut out)
                .expect("a record");
            assert!(received.event == Event::Data(content));
            let discard = received.discard;
            rest = &mut rest[discard..];
        }
        assert!(rest.is_empty());
    });
}
