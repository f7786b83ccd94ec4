#include "shared/protocol/frame_decoder.hpp"

#include "tests/unit/bytes.hpp"

namespace iolab {
namespace {

constexpr std::uint32_t max_frame = 1000;

/// What a decoder said about a stream that came in pieces.
struct Decoded {
  std::string whole;  ///< the bytes of all frames that were completed
  std::uint64_t frames = 0;
  bool too_long = false;
};

Decoded decode(const std::vector<std::string>& pieces) {
  FrameDecoder decoder(max_frame);
  Decoded decoded;
  std::string unfinished;
  for (const auto& piece : pieces) {
    auto bytes = as_bytes(piece);
    const std::byte* behind = nullptr;  // those of the last piece
    while (!bytes.empty() && !decoded.too_long) {
      const auto next = decoder.next(bytes);
      EXPECT_TRUE(next.consumed > 0 || next.too_long);
      unfinished += to_text(next.header) + to_text(next.bytes);
      if (!next.bytes.empty()) {
        EXPECT_TRUE(!behind || next.bytes.data() == behind);
        behind = next.bytes.data() + next.bytes.size();
      }
      decoded.frames += next.completed;
      if (next.completed > 0) decoded.whole += std::exchange(unfinished, {});
      decoded.too_long = next.too_long;
      bytes = bytes.subspan(next.consumed);
    }
  }
  return decoded;
}

std::vector<std::string> single_bytes(const std::string& stream) {
  std::vector<std::string> pieces;
  for (const char c : stream) pieces.emplace_back(1, c);
  return pieces;
}

TEST(FrameHeader, IsBigEndian) {
  EXPECT_EQ(to_text(encode_frame_header(0x01020304)), "\x01\x02\x03\x04");
  EXPECT_EQ(decode_frame_header(encode_frame_header(0xFEDCBA98)), 0xFEDCBA98);
}

TEST(FrameDecoder, FindsAFrame) {
  const Decoded decoded = decode({frame("hello")});
  EXPECT_EQ(decoded.whole, frame("hello"));
  EXPECT_EQ(decoded.frames, 1);
}

TEST(FrameDecoder, FindsEveryFrameOfOnePiece) {
  const std::string stream = frame("one") + frame("") + frame("three");
  const Decoded decoded = decode({stream});
  EXPECT_EQ(decoded.whole, stream);
  EXPECT_EQ(decoded.frames, 3);
}

TEST(FrameDecoder, TakesSingleBytes) {
  const std::string stream = frame("one") + frame("") + frame("") + frame("four");
  const Decoded decoded = decode(single_bytes(stream));
  EXPECT_EQ(decoded.whole, stream);
  EXPECT_EQ(decoded.frames, 4);
}

TEST(FrameDecoder, DoesNotMindWhereTheStreamIsCutInTwo) {
  const std::string stream = frame("one") + frame("") + frame(noise(300, 1)) + frame("x");
  for (std::size_t at = 1; at < stream.size(); ++at) {
    const Decoded decoded = decode({stream.substr(0, at), stream.substr(at)});
    ASSERT_EQ(decoded.whole, stream) << "cut at " << at;
    ASSERT_EQ(decoded.frames, 4) << "cut at " << at;
  }
}

TEST(FrameDecoder, DoesNotMindAnyChunking) {
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    std::string stream;
    const std::uint64_t frames = 1 + random() % 20;
    for (std::uint64_t i = 0; i < frames; ++i) stream += frame(noise(random() % 60, seed));
    const Decoded decoded = decode(cut(stream, 1 + random() % 100, random));
    ASSERT_EQ(decoded.whole, stream) << "seed " << seed;
    ASSERT_EQ(decoded.frames, frames) << "seed " << seed;
  }
}

TEST(FrameDecoder, KeepsWhatIsUnfinishedApart) {
  const Decoded decoded = decode({frame("whole") + frame("unfinished").substr(0, 9)});
  EXPECT_EQ(decoded.whole, frame("whole"));
  EXPECT_EQ(decoded.frames, 1);
}

TEST(FrameDecoder, TakesTheLongestFrame) {
  const std::string stream = frame(noise(max_frame, 1));
  EXPECT_EQ(decode({stream}).whole, stream);
  EXPECT_EQ(decode(single_bytes(stream)).whole, stream);
}

TEST(FrameDecoder, RefusesALongerOneAndGivesTheEarlier) {
  const std::string longer = frame(std::string(max_frame + 1, 'x'));
  for (const std::string& claim : {longer, longer.substr(0, 4), std::string("\xFF\xFF\xFF\xFF")}) {
    for (const auto& pieces :
         {std::vector{frame("ok") + claim}, single_bytes(frame("ok") + claim)}) {
      const Decoded decoded = decode(pieces);
      EXPECT_TRUE(decoded.too_long);
      EXPECT_EQ(decoded.whole, frame("ok"));
      EXPECT_EQ(decoded.frames, 1);
    }
  }
}

TEST(FrameDecoder, AcceptsTheLargestLimit) {
  FrameDecoder decoder(0xFFFFFFFF);
  const std::string claim = "\xFF\xFF\xFF\xFF";
  EXPECT_FALSE(decoder.next(as_bytes(claim + "x")).too_long);
}

TEST(FrameDecoder, LeavesTheHeaderOfAFrameThatBeginsHereBeforeItsPayload) {
  FrameDecoder decoder(max_frame);
  const std::string stream = frame("payload");
  const auto part = decoder.next(as_bytes(stream).first(8));
  EXPECT_TRUE(part.header.empty());
  EXPECT_EQ(to_text(part.bytes), stream.substr(0, 8));
  EXPECT_EQ(part.completed, 0);
  const auto rest = decoder.next(as_bytes(stream).subspan(8));
  EXPECT_TRUE(rest.header.empty());
  EXPECT_EQ(to_text(rest.bytes), stream.substr(8));
  EXPECT_EQ(rest.completed, 1);
}

TEST(FrameDecoder, HandsOnAHeaderThatBeganEarlier) {
  const std::string stream = frame("payload");
  for (const std::size_t cut : {1U, 2U, 3U, 4U}) {
    FrameDecoder decoder(max_frame);
    EXPECT_TRUE(decoder.next(as_bytes(stream).first(cut)).bytes.empty());
    const auto rest = decoder.next(as_bytes(stream).subspan(cut));
    EXPECT_EQ(to_text(rest.header), stream.substr(0, 4)) << "cut at " << cut;
    EXPECT_EQ(to_text(rest.bytes), "payload") << "cut at " << cut;
  }
}

// What is handed on will be stored, so a claim alone hands on nothing.
TEST(FrameDecoder, HandsNothingOnForABareClaim) {
  FrameDecoder decoder(max_frame);
  const std::string stream = frame("payload");
  const auto claim = decoder.next(as_bytes(stream).first(4));
  EXPECT_TRUE(claim.header.empty());
  EXPECT_TRUE(claim.bytes.empty());
  EXPECT_EQ(claim.consumed, 4);
  EXPECT_EQ(to_text(decoder.next(as_bytes(stream).subspan(4, 1)).header), stream.substr(0, 4));
}

}  // namespace
}  // namespace iolab
