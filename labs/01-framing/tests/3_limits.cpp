#include "decoder_driver.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

LAB_TEST(Limits, TheLimitIsAllowed, "limit") {
  DecoderDriver decoder(10);
  decoder.feeds(frame("0123456789")).gives("0123456789").needs_more();
  decoder.feeds(frame("0123456789+")).gives_too_long();

  DecoderDriver only_empty(0);
  only_empty.feeds(frame("") + frame("a")).gives("").gives_too_long();
}

LAB_TEST(Limits, TooLongAtOnce, "limit") {
  DecoderDriver decoder(10);
  const std::string claim = header(11);
  decoder.feeds(claim.substr(0, 3)).needs_more();
  decoder.feeds(claim.substr(3)).gives_too_long();
}

LAB_TEST(Limits, EarlierFramesComeFirst, "limit") {
  DecoderDriver decoder(10);
  decoder.feeds(frame("one") + frame("") + frame("second") + header(1'000'000) + "xxxx");
  decoder.gives("one").gives("").gives("second").gives_too_long();
}

LAB_TEST(Limits, TooLongForEver, "too-long-for-ever") {
  DecoderDriver decoder(10);
  decoder.feeds(header(11) + frame("bait") + frame("and more"));
  for (int i = 0; i < 5; ++i) decoder.gives_too_long();
}

}  // namespace
}  // namespace lab
