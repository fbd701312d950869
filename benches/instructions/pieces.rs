//! Content in several slices.

/// Splits content into three slices, to be gathered.
pub(crate) fn pieces(content: &[u8]) -> [&[u8]; 3] {
    let (front, rest) = content.split_at(content.len() / 4);
    let (middle, back) = rest.split_at(rest.len() / 3);
    [front, middle, back]
}
