#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frame_decoder.hpp"
#include "heap_watch.hpp"
#include "machine/wire.hpp"

namespace lab {

/// `length` bytes that differ from their neighbours, so that a byte too many is seen.
[[nodiscard]] std::string payload_of(std::size_t length);

/// Feeds a decoder, takes its frames, tells the story, and fails the test where the decoder does
/// not say what it should.
class DecoderDriver {
 public:
  explicit DecoderDriver(std::uint32_t max_frame = 1024 * 1024, std::string name = "");

  /// From memory that exists as long as the driver.
  DecoderDriver& feeds(std::string_view bytes);

  /// From memory that is used for something else as soon as feed() has returned.
  DecoderDriver& feeds_and_overwrites(std::string_view bytes);

  DecoderDriver& gives(std::string_view payload);
  DecoderDriver& gives_too_long();
  DecoderDriver& needs_more();
  DecoderDriver& has_pending(std::size_t bytes);

  /// next(), with the view still in the test's hands.
  [[nodiscard]] std::span<const std::byte> takes(std::string_view payload);

  [[nodiscard]] std::size_t pending();
  [[nodiscard]] std::size_t memory();

  /// The heap, as the decoder's calls use it.
  [[nodiscard]] const HeapWatch& heap() const { return heap_; }

 private:
  void tell(const std::string& sentence) const;
  void feed(std::span<const std::byte> bytes);
  FrameDecoder::Next next_should_say(FrameDecoder::Status status, const std::string& sentence);

  std::string name_;
  std::deque<std::vector<char>> fed_;
  HeapWatch heap_;
  std::unique_ptr<FrameDecoder> decoder_;
};

}  // namespace lab
