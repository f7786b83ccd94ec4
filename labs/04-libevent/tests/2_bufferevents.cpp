// buffer_server.cpp
#include "both_halves.hpp"

namespace lab {
namespace {

LAB_TEST(BufferEcho, WhatComesGoesBack, "echo") {
  both::echo_what_comes_goes_back(make_buffer_server);
}

LAB_TEST(BufferEcho, ManyClientsAtOnce, "echo") {
  both::echo_many_clients_at_once(make_buffer_server);
}

LAB_TEST(BufferEcho, WhoComesLaterIsServedAtOnce, "accept") {
  both::echo_who_comes_later_is_served_at_once(make_buffer_server);
}

LAB_TEST(BufferWaiting, ServerWithNothingToDoRests, "what-to-wait-for") {
  both::waiting_server_with_nothing_to_do_rests(make_buffer_server);
}

LAB_TEST(BufferWaiting, WhatTheSocketDoesNotTakeWaits, "what-to-wait-for") {
  both::waiting_what_the_socket_does_not_take_waits(make_buffer_server);
}

LAB_TEST(BufferFramed, OneAfterTheOther, "framed") {
  both::framed_one_after_the_other(make_buffer_server);
}

LAB_TEST(BufferFramed, InPieces, "framed") {
  both::framed_in_pieces(make_buffer_server);
}

LAB_TEST(BufferFramed, LongerThanAReceive, "long-frames") {
  both::framed_longer_than_a_receive(make_buffer_server);
}

LAB_TEST(BufferFramed, TooLongEndsAfterTheReplies, "too-long") {
  both::framed_too_long_ends_after_the_replies(make_buffer_server);
}

LAB_TEST(BufferHalfClose, RepliesThenTheEnd, "half-close") {
  both::half_close_replies_then_the_end(make_buffer_server);
}

LAB_TEST(BufferOutputLimit, WhoReadsNothingIsNotRead, "output-limit") {
  both::output_limit_who_reads_nothing_is_not_read(make_buffer_server);
}

LAB_TEST(BufferResets, OnlyThatClientIsLost, "resets") {
  both::resets_only_that_client_is_lost(make_buffer_server);
}

LAB_TEST(BufferResets, WhoLeavesWithoutHisReplies, "resets") {
  both::resets_who_leaves_without_his_replies(make_buffer_server);
}

LAB_TEST(BufferDescriptors, RunOutAndComeAgain, "out-of-descriptors") {
  both::descriptors_run_out_and_come_again(make_buffer_server);
}

LAB_TEST(BufferDescriptors, NothingIsLeft, "leftovers") {
  both::descriptors_nothing_is_left(make_buffer_server);
}

LAB_TEST(BufferDescriptors, OneConnectionTooManyIsClosed, "limits") {
  both::descriptors_one_connection_too_many_is_closed(make_buffer_server);
}

LAB_TEST(BufferIdle, WhoIsSilentIsEnded, "idle") {
  both::idle_who_is_silent_is_ended(make_buffer_server);
}

LAB_TEST(BufferIdle, PartsOfAFrameAreNoProgress, "idle") {
  both::idle_parts_of_a_frame_are_no_progress(make_buffer_server);
}

LAB_TEST(BufferIdle, TakingOutputIsProgress, "idle") {
  both::idle_taking_output_is_progress(make_buffer_server);
}

LAB_TEST(BufferIdle, NobodyIsAfterAStop, "idle") {
  both::idle_nobody_is_after_a_stop(make_buffer_server);
}

LAB_TEST(BufferDrain, AnswersWhatHasArrived, "drain") {
  both::drain_answers_what_has_arrived(make_buffer_server);
}

LAB_TEST(BufferDrain, SilentClientsSeeTheEnd, "drain") {
  both::drain_silent_clients_see_the_end(make_buffer_server);
}

LAB_TEST(BufferDrain, WaitsNoLongerThanAllowed, "drain") {
  both::drain_waits_no_longer_than_allowed(make_buffer_server);
}

LAB_TEST(BufferIo, IsTheLibrarys, "echo") {
  Bench bench(make_buffer_server, Protocol::echo);
  bench.kernel.client("alice").sends("hello").receives("hello");
  bench.run();
  expect_that(bench.kernel.calls("readv") > 0, "libevent receives, by readv()",
              "readv() was never called");
  expect_that(bench.kernel.calls("writev") > 0, "libevent sends, by writev()",
              "writev() was never called");
}

}  // namespace
}  // namespace lab
