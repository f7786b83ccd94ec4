#include "decoder_driver.hpp"

#include <algorithm>
#include <utility>

#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

std::string described(std::string_view payload) {
  if (payload.empty()) return "a frame of 0 bytes";
  return "a frame of " + count_of(payload.size(), "byte") + ": " + shown(payload);
}

std::string described(const FrameDecoder::Next& next) {
  if (next.status == FrameDecoder::Status::need_more) return "next() says need_more";
  if (next.status == FrameDecoder::Status::too_long) return "next() says too_long";
  return "next() gives a frame of " + count_of(next.payload.size(), "byte");
}

}  // namespace

std::string payload_of(std::size_t length) {
  std::string payload(length, '\0');
  for (std::size_t i = 0; i < length; ++i) payload[i] = static_cast<char>('a' + (i + length) % 23);
  return payload;
}

DecoderDriver::DecoderDriver(std::uint32_t max_frame, std::string name) : name_(std::move(name)) {
  tell("make_frame_decoder(max_frame: " + std::to_string(max_frame) + ")");
  heap_.during([&] { decoder_ = make_frame_decoder(max_frame); });
}

void DecoderDriver::tell(const std::string& sentence) const {
  Story::current().step(name_.empty() ? sentence : name_ + ": " + sentence);
}

void DecoderDriver::feed(std::span<const std::byte> bytes) {
  heap_.during([&] { decoder_->feed(bytes); });
}

DecoderDriver& DecoderDriver::feeds(std::string_view bytes) {
  tell("feed() of " + count_of(bytes.size(), "byte") + (bytes.empty() ? "" : ": " + shown(bytes)));
  fed_.emplace_back(bytes.begin(), bytes.end());
  feed(std::as_bytes(std::span(fed_.back())));
  return *this;
}

DecoderDriver& DecoderDriver::feeds_and_overwrites(std::string_view bytes) {
  tell("feed() of " + count_of(bytes.size(), "byte") + ": " + shown(bytes));
  std::vector<char> buffer(bytes.begin(), bytes.end());
  feed(std::as_bytes(std::span(buffer)));
  tell("after feed() the caller fills its buffer with '#'");
  std::ranges::fill(buffer, '#');
  fed_.push_back(std::move(buffer));
  return *this;
}

FrameDecoder::Next DecoderDriver::next_should_say(FrameDecoder::Status status,
                                                  const std::string& sentence) {
  tell("next() should " + sentence);
  FrameDecoder::Next next{};
  heap_.during([&] { next = decoder_->next(); });
  expect_that(next.status == status, "next() should " + sentence, described(next));
  return next;
}

std::span<const std::byte> DecoderDriver::takes(std::string_view payload) {
  const auto next = next_should_say(FrameDecoder::Status::frame, "give " + described(payload));
  expect_that(next.payload.size() == payload.size(), described(payload),
              "a frame of " + count_of(next.payload.size(), "byte"));
  expect_bytes("the payload of the frame", payload, text_of(next.payload));
  return next.payload;
}

DecoderDriver& DecoderDriver::gives(std::string_view payload) {
  static_cast<void>(takes(payload));
  return *this;
}

DecoderDriver& DecoderDriver::gives_too_long() {
  static_cast<void>(next_should_say(FrameDecoder::Status::too_long, "say too_long"));
  return *this;
}

DecoderDriver& DecoderDriver::needs_more() {
  static_cast<void>(next_should_say(FrameDecoder::Status::need_more, "say need_more"));
  return *this;
}

DecoderDriver& DecoderDriver::has_pending(std::size_t bytes) {
  tell("pending() should say " + std::to_string(bytes));
  expect_equal("pending()", bytes, pending());
  return *this;
}

std::size_t DecoderDriver::pending() {
  return decoder_->pending();
}

std::size_t DecoderDriver::memory() {
  return decoder_->memory();
}

}  // namespace lab
