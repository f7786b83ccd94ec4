#include "decoder_driver.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(WholeFrames, OneFrame, "first-frame") {
  DecoderDriver decoder;
  decoder.feeds(frame("hello")).gives("hello").needs_more();
}

LAB_TEST(WholeFrames, TwoDecoders, "two-decoders") {
  DecoderDriver left(100, "left decoder");
  DecoderDriver right(100, "right decoder");
  left.feeds(frame("for the left"));
  right.feeds(frame("for the right"));
  left.gives("for the left").needs_more();
  right.gives("for the right").needs_more();
}

LAB_TEST(WholeFrames, OneAfterAnother, "first-frame") {
  DecoderDriver decoder;
  decoder.feeds(frame("one")).gives("one").needs_more();
  decoder.feeds(frame("second")).gives("second").needs_more();
}

LAB_TEST(WholeFrames, SeveralInOneFeed, "the-rest") {
  DecoderDriver decoder;
  decoder.feeds(frame("one") + frame("second") + frame("the third"));
  decoder.gives("one").gives("second").gives("the third").needs_more();
}

LAB_TEST(WholeFrames, EmptyFrames, "empty-frames") {
  DecoderDriver decoder;
  decoder.feeds(frame("")).gives("").needs_more();
  decoder.feeds(frame("a") + frame("") + frame("") + frame("b") + frame(""));
  decoder.gives("a").gives("").gives("").gives("b").gives("").needs_more();
}

LAB_TEST(Lengths, HighestByteFirst, "byte-order") {
  DecoderDriver decoder;
  for (const std::size_t length : {1, 0x0100, 0x0102, 0x010203}) {
    const std::string payload = payload_of(length);
    decoder.feeds(frame(payload)).gives(payload).needs_more();
  }
}

LAB_TEST(Lengths, BytesAbove127, "byte-order") {
  DecoderDriver decoder;
  for (const std::size_t length : {0x80, 0xC8, 0xFF, 0x8001, 0x80FF, 0x01FF80}) {
    const std::string payload = payload_of(length);
    decoder.feeds(frame(payload)).gives(payload).needs_more();
  }
}

}  // namespace
}  // namespace lab
