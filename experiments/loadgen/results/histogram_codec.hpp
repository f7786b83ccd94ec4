#pragma once

#include <string>
#include <string_view>

#include "shared/measure/histogram.hpp"

namespace iolab::loadgen {

/// A histogram as one word of text in HdrHistogram's format V2, compressed: header, run-length and
/// ZigZag LEB128 coded counts, zlib, base64 (AbstractHistogram.encodeIntoCompressedByteBuffer in
/// github.com/HdrHistogram/HdrHistogram).
[[nodiscard]] std::string encode_histogram(const Histogram& histogram);

/// The inverse; counts are the same, minimum, maximum and mean are as exact as the buckets. Throws
/// std::invalid_argument if it is no such text, was cut, or has another resolution than ours.
[[nodiscard]] Histogram decode_histogram(std::string_view text);

}  // namespace iolab::loadgen
