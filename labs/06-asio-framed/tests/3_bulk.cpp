// bulk_server.cpp
#include <string>

#include "both_servers.hpp"

namespace lab {
namespace {

LAB_TEST(BulkFrames, OneAfterTheOther, "frames") {
  both::frames_one_after_the_other(serve_bulk);
}

LAB_TEST(BulkFrames, OfEveryLength, "frames") {
  both::frames_of_every_length(serve_bulk);
}

LAB_TEST(BulkFrames, SeveralAtOnce, "several-at-once") {
  both::frames_several_at_once(serve_bulk);
}

LAB_TEST(BulkPieces, ByteByByte, "pieces") {
  both::pieces_byte_by_byte(serve_bulk);
}

LAB_TEST(BulkPieces, FromManyClients, "pieces") {
  both::pieces_from_many_clients(serve_bulk);
}

LAB_TEST(BulkShortWrites, EveryByteInOrder, "short-writes") {
  both::short_writes_every_byte_in_order(serve_bulk);
}

LAB_TEST(BulkShortWrites, RepliesWaitTheirTurn, "one-at-a-time") {
  both::short_writes_replies_wait_their_turn(serve_bulk);
}

LAB_TEST(BulkShortWrites, WhoReadsNothingIsNotRead, "one-at-a-time") {
  both::short_writes_who_reads_nothing_is_not_read(serve_bulk);
}

LAB_TEST(BulkCalls, OneReceiveAndOneSendForManyFrames, "bulk-calls") {
  AsioBench bench(Protocol::framed);
  Client& alice = bench.kernel.client("alice");
  std::string frames;
  for (int i = 0; i < 20; ++i) frames += frame("hello");
  std::size_t receives = 0;
  std::size_t sends = 0;
  alice.waits(10ms).does("", [&] {
    receives = bench.kernel.calls("recv");
    sends = bench.kernel.calls("send");
  });
  alice.sends(frames).receives(frames).does("", [&] {
    receives = bench.kernel.calls("recv") - receives;
    sends = bench.kernel.calls("send") - sends;
    expect_that(receives <= 2, "20 frames are received in one call, or one more",
                std::to_string(receives) + " calls");
    expect_equal("calls that send 20 frames", 1U, sends);
  });
  bench.run(serve_bulk);
}

LAB_TEST(BulkCalls, NoMoreThanReadSize, "bulk-calls") {
  AsioBench bench(Protocol::framed);
  bench.options.read_size = 100;
  Client& alice = bench.kernel.client("alice");
  const std::string sent = frame(some_bytes(996));
  alice.sends(sent).receives(sent).does("", [&] {
    const std::size_t receives = bench.kernel.calls("recv");
    expect_that(receives >= 10 && receives <= 12,
                "1,000 bytes are received 100 at a time, as read_size says",
                "in " + std::to_string(receives) + " calls");
  });
  bench.run(serve_bulk);
}

LAB_TEST(BulkTooLong, TheLongestIsNot, "too-long") {
  both::too_long_the_longest_is_not(serve_bulk);
}

LAB_TEST(BulkTooLong, CostsNothing, "too-long") {
  both::too_long_costs_nothing(serve_bulk);
}

LAB_TEST(BulkTooLong, EndsAfterTheReplies, "end-in-order") {
  both::too_long_ends_after_the_replies(serve_bulk);
}

LAB_TEST(BulkHalfClose, RepliesThenTheEnd, "half-close") {
  both::half_close_replies_then_the_end(serve_bulk);
}

LAB_TEST(BulkHalfClose, WithinAFrame, "half-close") {
  both::half_close_within_a_frame(serve_bulk);
}

LAB_TEST(BulkResets, OnlyThatClientIsLost, "resets") {
  both::resets_only_that_client_is_lost(serve_bulk);
}

LAB_TEST(BulkResets, WhoLeavesWithoutItsReplies, "resets") {
  both::resets_who_leaves_without_its_replies(serve_bulk);
}

LAB_TEST(BulkLeftovers, NoneOfWhoHasGone, "leftovers") {
  both::leftovers_none_of_who_has_gone(serve_bulk);
}

LAB_TEST(BulkLeftovers, NoneOfWhoIsThere, "leftovers") {
  both::leftovers_none_of_who_is_there(serve_bulk);
}

}  // namespace
}  // namespace lab
