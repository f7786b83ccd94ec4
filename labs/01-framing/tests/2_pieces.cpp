#include <algorithm>
#include <deque>
#include <random>

#include "decoder_driver.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Pieces, PayloadInPieces, "pieces") {
  DecoderDriver decoder;
  decoder.feeds(header(5)).needs_more().feeds("h").needs_more().feeds("el").needs_more();
  decoder.feeds("lo").gives("hello").needs_more();
}

LAB_TEST(Pieces, HeaderCutAnywhere, "split-header") {
  const std::string stream = frame("hello");
  for (std::size_t cut = 1; cut < frame_header_size; ++cut) {
    DecoderDriver decoder;
    decoder.feeds(stream.substr(0, cut)).needs_more();
    decoder.feeds(stream.substr(cut)).gives("hello").needs_more();
  }
}

LAB_TEST(Pieces, NextFrameBeginsInTheSamePiece, "the-rest") {
  const std::string second = frame("second");
  for (std::size_t cut = 1; cut < second.size(); ++cut) {
    DecoderDriver decoder;
    decoder.feeds(frame("one") + second.substr(0, cut)).gives("one").needs_more();
    decoder.feeds(second.substr(cut)).gives("second").needs_more();
  }
}

LAB_TEST(Pieces, ByteByByte, "split-header") {
  DecoderDriver decoder;
  for (const char* payload : {"one", "", "second"}) {
    const std::string stream = frame(payload);
    for (std::size_t i = 0; i + 1 < stream.size(); ++i) {
      decoder.feeds(stream.substr(i, 1)).needs_more();
    }
    decoder.feeds(stream.substr(stream.size() - 1)).gives(payload).needs_more();
  }
}

LAB_TEST(Pieces, FeedOfNothing, "pieces") {
  DecoderDriver decoder;
  decoder.feeds("").needs_more();
  decoder.feeds(std::string(2, '\0')).feeds("").needs_more();
  decoder.feeds(std::string("\0\5hel", 5)).feeds("").needs_more();
  decoder.feeds("lo").feeds("").gives("hello").feeds("").needs_more();
}

/// A stream of frames that is cut at random, and taken from the decoder at once or some feeds
/// later.
class RandomStream {
 public:
  RandomStream(std::size_t frames, std::size_t largest) : largest_(largest) {
    while (payloads_.size() < frames) {
      payloads_.push_back(payload_of(any_up_to(largest)));
      stream_ += frame(payloads_.back());
    }
  }

  void pass_through(DecoderDriver& decoder) {
    while (fed_ < stream_.size()) {
      const std::size_t n = std::min(any_up_to(2 * largest_), stream_.size() - fed_);
      decoder.feeds(std::string_view(stream_).substr(fed_, n));
      fed_ += n;
      if (any_up_to(3) > 0) take_what_has_come(decoder);
    }
    take_what_has_come(decoder);
  }

 private:
  /// Small numbers as often as large ones, and both ends.
  std::size_t any_up_to(std::size_t most) {
    const std::size_t limit = std::min<std::size_t>(most, std::size_t{1} << random_() % 20);
    return random_() % (limit + 1);
  }

  void take_what_has_come(DecoderDriver& decoder) {
    while (!payloads_.empty() && taken_ + frame(payloads_.front()).size() <= fed_) {
      decoder.gives(payloads_.front());
      taken_ += frame(payloads_.front()).size();
      payloads_.pop_front();
    }
    decoder.needs_more();
  }

  std::mt19937_64 random_{Story::current().seed()};
  std::size_t largest_;
  std::deque<std::string> payloads_;
  std::string stream_;
  std::size_t fed_ = 0;
  std::size_t taken_ = 0;
};

LAB_TEST(AnyCut, SmallFrames, "any-cut") {
  DecoderDriver decoder;
  RandomStream(12, 16).pass_through(decoder);
}

LAB_TEST(AnyCut, LargeFrames, "any-cut") {
  DecoderDriver decoder;
  RandomStream(20, 70'000).pass_through(decoder);
}

}  // namespace
}  // namespace lab
