#include "decoder_driver.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(WhoseBytes, FedBytesMayGo, "whose-bytes") {
  const std::string second = frame("second");
  DecoderDriver decoder;
  decoder.feeds_and_overwrites(frame("one") + second.substr(0, 6)).gives("one").needs_more();
  decoder.feeds_and_overwrites(second.substr(6)).gives("second").needs_more();
}

LAB_TEST(WhoseBytes, AViewStaysUntilTheNextCall, "views") {
  DecoderDriver decoder;
  decoder.feeds(frame("first") + frame("other") + frame("third"));
  for (const char* payload : {"first", "other", "third"}) {
    const auto view = decoder.takes(payload);
    Story::current().step("pending() and memory() are called, then the view is read again");
    static_cast<void>(decoder.pending());
    static_cast<void>(decoder.memory());
    expect_bytes("the payload, read again before the next feed() or next()", payload,
                 text_of(view));
  }
}

}  // namespace
}  // namespace lab
