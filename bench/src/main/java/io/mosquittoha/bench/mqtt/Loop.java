package io.mosquittoha.bench.mqtt;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * The one thread on which all clients of a run live, so that nothing they share needs a lock, and
 * so that the other cores are the broker's.
 */
public final class Loop implements AutoCloseable {
  private final EventLoopGroup group =
      Epoll.isAvailable() ? new EpollEventLoopGroup(1) : new NioEventLoopGroup(1);
  private final EventLoop loop = group.next();
  private final long thread = call(() -> Thread.currentThread().threadId());

  /** The executor; whoever schedules here is on the clients' thread when called. */
  public EventLoop executor() {
    return loop;
  }

  /** The nanoseconds of processor time that this thread has used. */
  public long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
  }

  /** Runs the action on the clients' thread and waits for what it returns. */
  public <T> T call(Supplier<T> action) {
    return await(
        CompletableFuture.supplyAsync(action, loop), Duration.ofSeconds(30), "the clients' thread");
  }

  public void run(Runnable action) {
    call(() -> {
      action.run();
      return true;
    });
  }

  /** Waits for a future; what goes wrong is said in one sentence. */
  public static <T> T await(CompletableFuture<T> future, Duration patience, String what) {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(what + ": " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new MqttFailure(what + " was not done within " + patience.toMillis() + " ms", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for " + what, e);
    }
  }

  Bootstrap bootstrap() {
    return new Bootstrap()
        .group(loop)
        .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
