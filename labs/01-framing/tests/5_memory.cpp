#include <limits>

#include "decoder_driver.hpp"
#include "machine/story/lab_test.hpp"

namespace lab {
namespace {

constexpr std::size_t little = 64 * 1024;  // bytes: what a decoder may hold for nothing
constexpr std::size_t mib = 1024 * 1024;
constexpr std::uint32_t no_limit = std::numeric_limits<std::uint32_t>::max();

void expect_at_most(const std::string& what, std::size_t most, std::size_t found) {
  const std::string expected = what + ": at most " + count_of(most, "byte");
  Story::current().step(expected);
  expect_that(found <= most, expected, what + ": " + count_of(found, "byte"));
}

void expect_memory_at_most(DecoderDriver& decoder, std::size_t most) {
  expect_at_most("memory()", most, decoder.memory());
  expect_at_most("what the decoder holds, as the allocator sees it", most, decoder.heap().held());
}

/// Writing each byte many times over is allowed; more, the more bytes there are, is not.
void expect_written_at_most_32_times(const DecoderDriver& decoder, std::size_t bytes_fed) {
  expect_at_most("what the decoder wrote into memory, for " + count_of(bytes_fed, "byte") + " fed",
                 32 * bytes_fed, decoder.heap().written());
}

LAB_TEST(Memory, PendingCountsWhatWaits, "pending") {
  DecoderDriver decoder;
  decoder.has_pending(0).feeds(std::string(3, '\0')).has_pending(3);
  decoder.feeds(std::string("\5hel", 4)).has_pending(7).needs_more().has_pending(7);
  decoder.feeds("lo" + frame("one")).has_pending(9 + 7);
  decoder.gives("hello").has_pending(7).gives("one").has_pending(0);
}

// Each piece ends in the middle of a header or of a payload, so that something always waits.
LAB_TEST(Memory, AStreamWithoutPause, "without-pause") {
  const std::string payload = payload_of(1'000);
  const std::string stream = frame(payload);
  for (const std::size_t cut : {std::size_t{2}, std::size_t{500}}) {
    DecoderDriver decoder;
    decoder.feeds(stream.substr(0, cut)).needs_more();
    for (int i = 0; i < 200; ++i) {
      decoder.feeds(stream.substr(cut) + stream.substr(0, cut)).gives(payload).needs_more();
      expect_memory_at_most(decoder, little);
    }
  }
}

LAB_TEST(Claims, AClaimCostsNothing, "claims") {
  DecoderDriver decoder(mib);
  decoder.feeds(header(mib)).needs_more();
  expect_memory_at_most(decoder, little);
  decoder.feeds("abcdefgh").needs_more();
  expect_memory_at_most(decoder, little);
  decoder.has_pending(frame_header_size + 8);
}

LAB_TEST(Claims, ItGrowsAsBytesCome, "claims") {
  const std::string payload = payload_of(200'000);
  const std::string stream = header(4 * mib) + payload;
  DecoderDriver decoder(4 * mib);
  for (std::size_t came = 0; came < payload.size(); came += 10'000) {
    decoder.feeds(std::string_view(stream).substr(came, 10'000)).needs_more();
    expect_memory_at_most(decoder, 4 * (came + 10'000) + little);
    Story::current().step("memory() should count the bytes that are held");
    expect_that(decoder.memory() >= came,
                "memory(): " + count_of(came, "byte") + " or more, since so many wait in it",
                "memory(): " + count_of(decoder.memory(), "byte"));
  }
}

LAB_TEST(Claims, TheLargestLengths, "largest-lengths") {
  for (const std::uint32_t length : {0x7FFFFFFFU, 0x80000000U, 0xFFFFFFFCU, 0xFFFFFFFFU}) {
    DecoderDriver unlimited(no_limit);
    unlimited.feeds(header(length) + "abcd").needs_more();

    DecoderDriver limited(10);
    limited.feeds(header(length) + "abcd").gives_too_long();
  }
}

LAB_TEST(Cost, ManySmallFramesInOneFeed, "cost-of-taking") {
  constexpr std::size_t number = 1'000;
  std::string stream;
  for (std::size_t i = 0; i < number; ++i) stream += frame(payload_of(8 + i % 16));

  DecoderDriver decoder;
  decoder.feeds(stream);
  for (std::size_t i = 0; i < number; ++i) decoder.gives(payload_of(8 + i % 16));
  decoder.needs_more();
  expect_written_at_most_32_times(decoder, stream.size());
}

LAB_TEST(Cost, OneLargeFrameInSmallPieces, "cost-of-feeding") {
  const std::string payload = payload_of(16 * 1024);
  const std::string stream = frame(payload);
  DecoderDriver decoder;
  for (std::size_t fed = 0; fed < stream.size(); fed += 16) {
    decoder.needs_more().feeds(std::string_view(stream).substr(fed, 16));
  }
  decoder.gives(payload).needs_more();
  expect_written_at_most_32_times(decoder, stream.size());
}

}  // namespace
}  // namespace lab
