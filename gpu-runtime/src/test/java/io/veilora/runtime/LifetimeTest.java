package io.veilora.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class LifetimeTest {
    private final Lifetime lifetime = new Lifetime("layer");
    private final AtomicInteger releases = new AtomicInteger();

    @Test
    @Timeout(30)
    void the_end_waits_for_the_uses_that_have_begun() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch finish = new CountDownLatch(1);
        AtomicInteger releasesDuringUse = new AtomicInteger(-1);
        Thread user = Thread.ofPlatform()
                .start(() -> lifetime.use(() -> {
                    begun.countDown();
                    await(finish);
                    releasesDuringUse.set(releases.get());
                }));
        begun.await();
        Thread ender = Thread.ofPlatform().start(() -> lifetime.end(releases::incrementAndGet));
        while (ender.getState() != Thread.State.WAITING) {
            Thread.sleep(1);
        }
        finish.countDown();
        user.join();
        ender.join();
        assertThat(releasesDuringUse).hasValue(0);
        assertThat(releases).hasValue(1);
    }

    @Test
    void there_is_one_end_and_no_use_after_it() {
        lifetime.end(releases::incrementAndGet);
        lifetime.end(releases::incrementAndGet);
        assertThat(releases).hasValue(1);
        assertThatThrownBy(() -> lifetime.use(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("layer closed");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
