// raw_server.cpp
#include "both_halves.hpp"

namespace lab {
namespace {

LAB_TEST(RawEcho, WhatComesGoesBack, "echo") {
  both::echo_what_comes_goes_back(make_raw_server);
}

LAB_TEST(RawEcho, ManyClientsAtOnce, "echo") {
  both::echo_many_clients_at_once(make_raw_server);
}

LAB_TEST(RawEcho, WhoComesLaterIsServedAtOnce, "accept") {
  both::echo_who_comes_later_is_served_at_once(make_raw_server);
}

LAB_TEST(RawWaiting, ServerWithNothingToDoRests, "what-to-wait-for") {
  both::waiting_server_with_nothing_to_do_rests(make_raw_server);
}

LAB_TEST(RawWaiting, WhatTheSocketDoesNotTakeWaits, "what-to-wait-for") {
  both::waiting_what_the_socket_does_not_take_waits(make_raw_server);
}

LAB_TEST(RawFramed, OneAfterTheOther, "framed") {
  both::framed_one_after_the_other(make_raw_server);
}

LAB_TEST(RawFramed, InPieces, "framed") {
  both::framed_in_pieces(make_raw_server);
}

LAB_TEST(RawFramed, LongerThanAReceive, "long-frames") {
  both::framed_longer_than_a_receive(make_raw_server);
}

LAB_TEST(RawFramed, TooLongEndsAfterTheReplies, "too-long") {
  both::framed_too_long_ends_after_the_replies(make_raw_server);
}

LAB_TEST(RawHalfClose, RepliesThenTheEnd, "half-close") {
  both::half_close_replies_then_the_end(make_raw_server);
}

LAB_TEST(RawOutputLimit, WhoReadsNothingIsNotRead, "output-limit") {
  both::output_limit_who_reads_nothing_is_not_read(make_raw_server);
}

LAB_TEST(RawResets, OnlyThatClientIsLost, "resets") {
  both::resets_only_that_client_is_lost(make_raw_server);
}

LAB_TEST(RawResets, WhoLeavesWithoutHisReplies, "resets") {
  both::resets_who_leaves_without_his_replies(make_raw_server);
}

LAB_TEST(RawDescriptors, RunOutAndComeAgain, "out-of-descriptors") {
  both::descriptors_run_out_and_come_again(make_raw_server);
}

LAB_TEST(RawDescriptors, NothingIsLeft, "leftovers") {
  both::descriptors_nothing_is_left(make_raw_server);
}

LAB_TEST(RawDescriptors, OneConnectionTooManyIsClosed, "limits") {
  both::descriptors_one_connection_too_many_is_closed(make_raw_server);
}

LAB_TEST(RawIdle, WhoIsSilentIsEnded, "idle") {
  both::idle_who_is_silent_is_ended(make_raw_server);
}

LAB_TEST(RawIdle, PartsOfAFrameAreNoProgress, "idle") {
  both::idle_parts_of_a_frame_are_no_progress(make_raw_server);
}

LAB_TEST(RawIdle, TakingOutputIsProgress, "idle") {
  both::idle_taking_output_is_progress(make_raw_server);
}

LAB_TEST(RawIdle, NobodyIsAfterAStop, "idle") {
  both::idle_nobody_is_after_a_stop(make_raw_server);
}

LAB_TEST(RawDrain, AnswersWhatHasArrived, "drain") {
  both::drain_answers_what_has_arrived(make_raw_server);
}

LAB_TEST(RawDrain, SilentClientsSeeTheEnd, "drain") {
  both::drain_silent_clients_see_the_end(make_raw_server);
}

LAB_TEST(RawDrain, WaitsNoLongerThanAllowed, "drain") {
  both::drain_waits_no_longer_than_allowed(make_raw_server);
}

LAB_TEST(RawIo, IsTheServersOwn, "echo") {
  Bench bench(make_raw_server, Protocol::echo);
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.run();
  expect_equal("calls of readv(), by which libevent would receive", 0U,
               bench.kernel.calls("readv"));
}

}  // namespace
}  // namespace lab
