// What a handler may do, and what has to stay in place meanwhile.
#include <string>

#include "bench.hpp"

namespace lab {
namespace {

LAB_TEST(Resubmit, InsideTheHandler, "resubmit") {
  Bench bench;
  scenes::submits_inside_the_handler(bench);
}

LAB_TEST(Resubmit, WhatAHandlerSubmitsIsNotLost, "resubmit") {
  Bench bench;
  scenes::what_a_handler_submits_is_not_lost(bench);
}

LAB_TEST(Resubmit, EndlesslyLetsOthersIn, "endless") {
  Bench bench;
  scenes::submits_endlessly_and_lets_others_in(bench);
}

LAB_TEST(Resubmit, EndlesslyLetsHandleEventsReturn, "endless") {
  Bench bench(2);
  scenes::submits_endlessly_and_lets_handle_events_return(bench);
}

// While alice's receive is in flight the engine has to remember many others.
LAB_TEST(Lifetime, ManyMoreOperationsComeMeanwhile, "user-data") {
  Bench bench;
  Client& alice = bench.connected("alice");
  Job& receive = bench.receive_from(alice);
  receive.submit_receive();
  bench.turns();
  for (int i = 0; i < 70; ++i) {
    Client& other = bench.connected("client " + std::to_string(i));
    bench.receive_from(other).submit_receive();
    bench.turn();
  }
  alice.sends("I was the first");
  bench.until_complete(receive);
  receive.expect_bytes_of("I was the first");
}

LAB_TEST(Lifetime, AnOperationEndsInItsHandler, "destroy") {
  Bench bench;
  scenes::destroys_an_operation_in_its_handler(bench);
}

LAB_TEST(Lifetime, AnotherConnectionEndsInAHandler, "destroy") {
  Bench bench;
  scenes::destroys_another_connection_in_a_handler(bench);
}

LAB_TEST(Lifetime, ANumberIsUsedAgain, "destroy") {
  Bench bench;
  scenes::a_number_is_used_again(bench);
}

LAB_TEST(BufferTouch, NotBeforeSubmit, "buffer") {
  Bench bench;
  scenes::a_buffer_is_not_touched_before_submit(bench);
}

LAB_TEST(BufferTouch, NotAfterACancel, "buffer") {
  Bench bench;
  scenes::a_buffer_is_not_touched_after_a_cancel(bench);
}

}  // namespace
}  // namespace lab
