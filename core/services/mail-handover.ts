import type { Transporter } from 'nodemailer';

/** From `hasBegun` on the server may have the whole message, whatever is heard of it afterwards (RFC 5321 §4.1.1.4). */
export interface Handover {
  hasBegun: boolean;
}

/**
 * Notes when a transport begins to send a message itself: its stream is first read when the server has answered DATA.
 * How much of it has left afterwards nobody can tell, because the system's buffers send by themselves.
 */
export function watchHandover(transport: Transporter): Handover {
  const handover: Handover = { hasBegun: false };
  transport.use('stream', ({ message }, next) => {
    const createReadStream = message.createReadStream.bind(message);
    message.createReadStream = (options) => {
      const stream = createReadStream(options);
      const pipe = stream.pipe.bind(stream);
      stream.pipe = (destination, pipeOptions) => {
        handover.hasBegun = true;
        return pipe(destination, pipeOptions);
      };
      return stream;
    };
    next();
  });
  return handover;
}
