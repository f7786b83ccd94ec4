// exact_server.cpp
#include <string>

#include "both_servers.hpp"

namespace lab {
namespace {

LAB_TEST(ExactFrames, OneAfterTheOther, "frames") {
  both::frames_one_after_the_other(serve_exact);
}

LAB_TEST(ExactFrames, OfEveryLength, "frames") {
  both::frames_of_every_length(serve_exact);
}

LAB_TEST(ExactFrames, SeveralAtOnce, "several-at-once") {
  both::frames_several_at_once(serve_exact);
}

LAB_TEST(ExactPieces, ByteByByte, "pieces") {
  both::pieces_byte_by_byte(serve_exact);
}

LAB_TEST(ExactPieces, FromManyClients, "pieces") {
  both::pieces_from_many_clients(serve_exact);
}

LAB_TEST(ExactShortWrites, EveryByteInOrder, "short-writes") {
  both::short_writes_every_byte_in_order(serve_exact);
}

LAB_TEST(ExactShortWrites, RepliesWaitTheirTurn, "one-at-a-time") {
  both::short_writes_replies_wait_their_turn(serve_exact);
}

LAB_TEST(ExactShortWrites, WhoReadsNothingIsNotRead, "one-at-a-time") {
  both::short_writes_who_reads_nothing_is_not_read(serve_exact);
}

// 20 frames are there before the first is answered.
LAB_TEST(ExactCalls, TwoReceivesAndOneSendForAFrame, "exact-calls") {
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
    expect_that(receives >= 40 && receives <= 42, "20 frames are received in 40 calls or 2 more",
                std::to_string(receives) + " calls");
    expect_equal("calls that send 20 frames", 20U, sends);
  });
  bench.run(serve_exact);
}

LAB_TEST(ExactTooLong, TheLongestIsNot, "too-long") {
  both::too_long_the_longest_is_not(serve_exact);
}

LAB_TEST(ExactTooLong, CostsNothing, "too-long") {
  both::too_long_costs_nothing(serve_exact);
}

LAB_TEST(ExactTooLong, EndsAfterTheReplies, "end-in-order") {
  both::too_long_ends_after_the_replies(serve_exact);
}

LAB_TEST(ExactHalfClose, RepliesThenTheEnd, "half-close") {
  both::half_close_replies_then_the_end(serve_exact);
}

LAB_TEST(ExactHalfClose, WithinAFrame, "half-close") {
  both::half_close_within_a_frame(serve_exact);
}

LAB_TEST(ExactResets, OnlyThatClientIsLost, "resets") {
  both::resets_only_that_client_is_lost(serve_exact);
}

LAB_TEST(ExactResets, WhoLeavesWithoutItsReplies, "resets") {
  both::resets_who_leaves_without_its_replies(serve_exact);
}

LAB_TEST(ExactLeftovers, NoneOfWhoHasGone, "leftovers") {
  both::leftovers_none_of_who_has_gone(serve_exact);
}

LAB_TEST(ExactLeftovers, NoneOfWhoIsThere, "leftovers") {
  both::leftovers_none_of_who_is_there(serve_exact);
}

}  // namespace
}  // namespace lab
