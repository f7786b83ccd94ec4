#include "frame_decoder.hpp"

//@ solution
#include <vector>

//@ starter
//@ wrong little-endian
//| #include <cstring>
//| #include <vector>
//|
//@ end
namespace lab {
namespace {

//@ solution
std::uint32_t length_in(std::span<const std::byte, frame_header_size> header) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint32_t>(header[i]); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

/// Keeps the stream in one piece of memory. What next() gave out is passed over at once and removed
/// later, so that views stay valid and bytes are seldom moved.
//@ starter
//@ wrong little-endian
//| std::uint32_t length_in(std::span<const std::byte, frame_header_size> header) {
//|   std::uint32_t length = 0;
//|   std::memcpy(&length, header.data(), sizeof length);
//|   return length;
//| }
//|
//@ wrong signed-char
//| std::uint32_t length_in(std::span<const std::byte, frame_header_size> header) {
//|   const auto byte = [&](std::size_t i) { return static_cast<signed char>(header[i]); };
//|   return static_cast<std::uint32_t>(byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3));
//| }
//|
//@ end
class StreamDecoder final : public FrameDecoder {
 public:
  explicit StreamDecoder(std::uint32_t max_frame) : max_frame_(max_frame) {}

  void feed(std::span<const std::byte> bytes) override {
    //@ solution
    if (given_ >= pending()) drop_given();
    stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    //@ starter
    //| (void)bytes;  // TODO: keep them.
    //@ wrong one-feed-one-message
    //| stream_.assign(bytes.begin(), bytes.end());
    //| given_ = 0;
    //@ wrong never-drops
    //| if (pending() == 0) drop_given();
    //| stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    //@ wrong exact-growth
    //| if (given_ >= pending()) drop_given();
    //| stream_.reserve(stream_.size() + bytes.size());
    //| stream_.insert(stream_.end(), bytes.begin(), bytes.end());
    //@ wrong lent-bytes
    //| const std::span<const std::byte> left = rest();
    //| given_ = 0;
    //| lent_ = bytes;
    //| if (left.empty()) return;
    //| std::vector<std::byte> joined(left.begin(), left.end());
    //| joined.insert(joined.end(), bytes.begin(), bytes.end());
    //| stream_.swap(joined);
    //| lent_ = stream_;
    //@ end
  }

  Next next() override {
    //@ solution
    //@ starter
    //| // TODO: the next frame, if all of it has come.
    //@ wrong erase-each-frame
    //| drop_given();
    //@ end
    //@ solution
    const std::span<const std::byte> rest = this->rest();
    if (rest.size() < frame_header_size) return {Status::need_more};
    //@ starter
    //@ wrong header-at-once
    //| const std::span<const std::byte> rest = this->rest();
    //| if (rest.size() < frame_header_size) {
    //|   given_ = stream_.size();
    //|   return {Status::need_more};
    //| }
    //@ end
    //@ solution
    const std::uint32_t length = length_in(rest.first<frame_header_size>());
    if (length > max_frame_) return {Status::too_long};
    if (length > rest.size() - frame_header_size) return {Status::need_more};
    //@ starter
    //@ wrong limit-excluded
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length >= max_frame_) return {Status::too_long};
    //| if (length > rest.size() - frame_header_size) return {Status::need_more};
    //@ wrong too-long-late
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length > rest.size() - frame_header_size) return {Status::need_more};
    //| if (length > max_frame_) return {Status::too_long};
    //@ wrong reads-on
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length > max_frame_) {
    //|   given_ += frame_header_size;
    //|   return {Status::too_long};
    //| }
    //| if (length > rest.size() - frame_header_size) return {Status::need_more};
    //@ wrong believes-the-claim
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length > max_frame_) return {Status::too_long};
    //| if (length > rest.size() - frame_header_size) {
    //|   stream_.reserve(given_ + frame_header_size + length);
    //|   return {Status::need_more};
    //| }
    //@ wrong length-overflow
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length > max_frame_) return {Status::too_long};
    //| const std::uint32_t whole = frame_header_size + length;
    //| if (rest.size() < whole) return {Status::need_more};
    //@ wrong empty-frame-waits
    //| const std::uint32_t length = length_in(rest.first<frame_header_size>());
    //| if (length > max_frame_) return {Status::too_long};
    //| if (rest.size() == frame_header_size) return {Status::need_more};
    //| if (length > rest.size() - frame_header_size) return {Status::need_more};
    //@ end
    //@ solution
    given_ += frame_header_size + length;
    return {Status::frame, rest.subspan(frame_header_size, length)};
    //@ starter
    //| return {Status::need_more};
    //@ wrong rest-lost
    //| given_ = stream_.size();
    //| return {Status::frame, rest.subspan(frame_header_size, length)};
    //@ wrong erased-view
    //| given_ += frame_header_size + length;
    //| drop_given();
    //| return {Status::frame, rest.subspan(frame_header_size, length)};
    //@ end
  }

  //@ solution
  [[nodiscard]] std::size_t pending() const noexcept override { return rest().size(); }

  [[nodiscard]] std::size_t memory() const noexcept override { return stream_.capacity(); }
  //@ starter
  //| [[nodiscard]] std::size_t pending() const noexcept override {
  //|   return 0;  // TODO: the bytes that are not part of a frame given out.
  //| }
  //|
  //| [[nodiscard]] std::size_t memory() const noexcept override {
  //|   return 0;  // TODO: the bytes that could be kept without asking for more memory.
  //| }
  //@ end

 private:
  //@ solution
  [[nodiscard]] std::span<const std::byte> rest() const noexcept {
    return std::span(stream_).subspan(given_);
  }

  void drop_given() {
    stream_.erase(stream_.begin(), stream_.begin() + static_cast<std::ptrdiff_t>(given_));
    given_ = 0;
  }

  std::vector<std::byte> stream_;
  std::size_t given_ = 0;  // bytes at the front of stream_ that next() gave out
  std::uint32_t max_frame_;
  //@ starter
  //| [[maybe_unused]] std::uint32_t max_frame_;
  //@ wrong shared-buffer
  //| [[nodiscard]] std::span<const std::byte> rest() const noexcept {
  //|   return std::span(stream_).subspan(given_);
  //| }
  //|
  //| void drop_given() {
  //|   stream_.erase(stream_.begin(), stream_.begin() + static_cast<std::ptrdiff_t>(given_));
  //|   given_ = 0;
  //| }
  //|
  //| static inline std::vector<std::byte> stream_;
  //| static inline std::size_t given_ = 0;
  //| std::uint32_t max_frame_;
  //@ wrong lent-bytes
  //| [[nodiscard]] std::span<const std::byte> rest() const noexcept {
  //|   return lent_.subspan(given_);
  //| }
  //|
  //| std::vector<std::byte> stream_;
  //| std::span<const std::byte> lent_;
  //| std::size_t given_ = 0;
  //| std::uint32_t max_frame_;
  //@ end
};

}  // namespace

std::unique_ptr<FrameDecoder> make_frame_decoder(std::uint32_t max_frame) {
  return std::make_unique<StreamDecoder>(max_frame);
}

}  // namespace lab
